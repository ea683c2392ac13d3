// From what the user asked for to a plan: finds both closures, and decides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/fd.h"
#include "messages/warning.h"
#include "plan/plan.h"
#include "programs/program.h"
#include "survey/base_side.h"
#include "survey/findings.h"
#include "survey/installation.h"
#include "survey/joined.h"
#include "survey/options.h"
#include "survey/tree_side.h"

namespace bulkhead::survey {

// How a compiled policy for system calls is called in a directory of interposers.
inline constexpr std::string_view kPolicyFile = "policy";

// A plan, and everything that it points into; lives as long as the plan is looked at.
class Survey {
 public:
  // Reads files, changes nothing. `program` may be null: then the plan holds for any
  // program of this system. Fails on what no plan can be made of; what the plan lacks is
  // in plan().lacks.
  static std::unique_ptr<Survey> make(const Options& options, const programs::Program* program);

  const plan::Plan& plan() const { return *plan_; }
  const plan::Graphs& graphs() const { return graphs_; }
  std::string_view tree_path() const { return tree_.tree.path(); }
  Arena& arena() { return arena_; }

  // handoff::Request, encoded.
  std::string_view request() const { return request_; }
  // What the answer depends on.
  const Stamp& stamp() const { return findings_.stamp; }
  const std::vector<messages::Warning>& warnings() const { return findings_.warnings; }
  const std::vector<OwnLibrary>& own_libraries() const { return own_libraries_; }

  // This system's own library of that name; empty if there is none.
  std::string file_in_base(std::string_view name);
  // The tree's. Its path as the host knows it.
  std::string file_in_tree(std::string_view name);

  // Exposed libraries whose shims are to be preloaded: see find_bypassed.
  const std::vector<std::string>& bypassed() const { return bypassed_; }

  // What profiles would have in the program's environment: NAME=VALUE, where `$CACHE` stands for a
  // directory for this tree.
  const std::vector<std::string>& environment() const { return tree_.environment; }
  // To be written before a capsule is opened.
  const std::vector<JoinedDirectory>& joined() const { return joined_; }

  // By which users name files of the exposed libraries.
  const std::vector<std::string>& path_variables() const { return tree_.path_variables; }
  // FROM=TO: what the capsule's libraries read instead. The first that fits counts.
  const std::vector<std::string>& maps() const { return maps_; }

  // Fails with every lack in one message.
  void require_complete() const;

 private:
  explicit Survey(const Options& options);
  void decide(const programs::Program* program);
  void write_request(const Options& options);
  void look_at_mounts();
  void join_sides(const Options& options);
  void refuse_own_names();
  void note_foreign_linker();
  void look_at_program(const Options& options, const programs::Program& program);

  Arena arena_;
  std::vector<OwnLibrary> own_libraries_;
  std::vector<FileMapping> compat_files_;
  Findings findings_;
  TreeSide tree_;
  BaseSide base_;
  plan::Graphs graphs_;
  std::optional<plan::Plan> plan_;
  std::vector<std::string> bypassed_;
  std::vector<std::string> maps_;
  std::vector<JoinedDirectory> joined_;
  std::string_view request_;
};

}  // namespace bulkhead::survey
