// From what the user asked for to a plan: finds both closures, and decides.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/fd.h"
#include "plan/plan.h"
#include "resolve/closure.h"
#include "resolve/search.h"
#include "resolve/tree.h"
#include "survey/base_glibc.h"
#include "survey/installation.h"
#include "survey/options.h"
#include "survey/program.h"
#include "survey/stamp.h"

namespace bulkhead::survey {

// How a compiled policy for system calls is called in a directory of interposers.
inline constexpr std::string_view kPolicyFile = "policy";

// Everything that a plan points into; lives as long as the plan is looked at.
class Survey {
 public:
  // Reads files, changes nothing. `program` may be null: then the plan holds for any
  // program of this system. Fails on what no plan can be made of; what the plan lacks is
  // in plan().lacks.
  Survey(const Options& options, const Program* program);

  const plan::Plan& plan() const { return *plan_; }
  const plan::Graphs& graphs() const { return graphs_; }
  std::string_view tree_path() const { return tree_.path(); }
  Arena& arena() { return arena_; }

  // handoff::Request, encoded.
  std::string_view request() const { return request_; }
  // What the answer depends on.
  const Stamp& stamp() const { return stamp_; }
  // Things that will surprise the user if nobody says them.
  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::vector<OwnLibrary>& own_libraries() const { return own_libraries_; }

  // This system's own library of that name; empty if there is none.
  std::string file_in_base(std::string_view name);
  // The tree's. Its path as the host knows it.
  std::string file_in_tree(std::string_view name);

  // Fails with every lack in one message.
  void require_complete() const;

 private:
  void find_tree_side(const Options& options);
  void find_base_side(const Program* program);
  std::string_view file_in_process(std::string_view name);
  void make_request(const Options& options);
  void note_foreign_linker();
  void warn_of_bypasses(const Program* program);
  void warn_of_programs_gaps();
  void warn_of_copies();
  void remember(const resolve::Closure& closure, const resolve::Searcher& searcher);
  std::span<const std::string_view> views(const std::vector<std::string>& names);

  Arena arena_;
  Stamp stamp_;
  std::vector<std::string> warnings_;
  std::vector<OwnLibrary> own_libraries_;
  std::vector<FileMapping> compat_files_;
  std::vector<std::string> profile_maps_;
  ForeignLinker linker_;
  resolve::Tree tree_, base_;
  std::optional<resolve::Searcher> tree_searcher_, base_searcher_;
  std::optional<resolve::Closure> tree_closure_, base_closure_;
  plan::Wishes wishes_;
  plan::Graphs graphs_;
  std::span<const std::string_view> exposed_;
  std::optional<plan::Plan> plan_;
  std::string_view request_;
};

// Those of bulkhead's own libraries that have symbols of glibc's. The nodes point into `files`.
std::span<const plan::Node> read_compat(Arena& arena, const std::vector<OwnLibrary>& libraries,
                                        std::vector<FileMapping>& files);

}  // namespace bulkhead::survey
