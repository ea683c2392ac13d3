// What `bulkhead explain`, and the dry runs of other commands, print.
#pragma once

#include <string>
#include <vector>

#include "explanation/explanation.h"
#include "survey/options.h"

namespace bulkhead::cli {

struct Explained {
  survey::Options options;         // as they were given
  std::vector<std::string> tools;  // of `preload`; none: of `run`
  explanation::Form form = explanation::Form::text;
  std::string policy, compiled;  // files: of --seccomp, and the one that --compiled writes
};

// Prints it. `status`: 125 if it cannot be carried out, else it stays.
void explain(Explained what, const std::vector<std::string>& program_line, int& status);

}  // namespace bulkhead::cli
