// What a preloaded tool's capsule consists of, and the interposers in the cache.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "programs/program.h"
#include "survey/survey.h"

namespace bulkhead::preload {

struct ToolPlan {
  std::unique_ptr<survey::Survey> survey;  // its one exposed library is the tool
  survey::Stamp stamp;                     // what the plan depends on besides the survey
  std::vector<std::string> warnings, notes;
};

// Finds a tool and decides. Fails for a tool that is missing, is no shared object or one of
// another machine, or lacks something.
ToolPlan plan_tool(const std::string& tool, const survey::Options& options,
                   const programs::Program& program);

// All that the interposers depend on which is not a file.
std::string key_of(const std::vector<std::string>& tools, const survey::Options& options,
                   const programs::Program& program);

// Writes an interposer for each, and what preload_from reads, into an existing directory; and
// `policy`, a compiled one, if there is any.
void write_interposers(const std::vector<ToolPlan>& plans, const survey::Options& options,
                       std::string_view policy, const std::string& directory);

// The static TLS that a capsule's libraries take of what natively is there for the libraries that
// the program opens: those of exposed libraries that have variables for others, and those that
// cannot do without.
std::size_t static_tls_of_capsule(survey::Survey& survey);

// What preload_from reads: the static TLS that the libraries need beside what a program has by
// itself, files of that directory in the order of LD_PRELOAD, and lines of preload/variables and
// preload/named_paths.
void write_order(const std::string& directory, std::size_t static_tls,
                 const std::vector<std::string>& files,
                 const std::vector<std::string>& others = {});

// Puts what is in that directory into the environment, but no variable that is there, which is
// said. Whether there was anything.
bool preload_from(const std::string& directory);

}  // namespace bulkhead::preload
