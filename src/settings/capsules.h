// Which capsules a program gets: what the command line says, and what the file that it names
// says for that program.
#pragma once

#include <memory>
#include <vector>

#include "programs/program.h"
#include "survey/options.h"
#include "survey/survey.h"

namespace bulkhead::settings {

// One for each capsule; without --config the only one is `line`. With a file there may be
// none, when it says that the program gets none. `program` is null for any program: then
// sections for programs do not count.
//
// The command line is the last word: --on-failure and --no-inherit take the place of what the
// file says, --tree of a capsule's tree; what else it lists comes in addition. That needs one
// capsule: --capsule chooses among several.
std::vector<survey::Options> capsules_for(const survey::Options& line,
                                          const programs::Program* program);

// What takes part in such a plan. Messages about something in the file start with its place.
std::unique_ptr<survey::Survey> survey_of(const survey::Options& capsule,
                                          const programs::Program* program);

// Fails if two of these would expose the same library: a program gets one of a name.
void refuse_conflicts(const std::vector<survey::Options>& capsules,
                      const std::vector<std::unique_ptr<survey::Survey>>& surveys);

// Each once; without those of a capsule's plan about a library that another one exposes.
std::vector<std::string> warnings_of(const std::vector<survey::Options>& capsules,
                                     const std::vector<std::unique_ptr<survey::Survey>>& surveys);

}  // namespace bulkhead::settings
