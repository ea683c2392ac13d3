// What `bulkhead run` and `bulkhead preload` would do, as `bulkhead explain` prints it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "programs/program.h"
#include "survey/options.h"

namespace bulkhead::explanation {

enum class Form : bool { text, json };

struct Explanation {
  std::string text;
  // An object for each capsule; with Form::json only, and then there is no text.
  nlohmann::json capsules = nlohmann::json::array();
  bool complete = true;  // all can be carried out
};

// Of `run` with these options; `program` may be null: for any program. Failures: as where it is
// carried out.
Explanation of_capsules(const survey::Options& options, const programs::Program* program,
                        Form form);

// Of `preload`. What a tool lacks is a Failure.
Explanation of_tools(const std::vector<std::string>& tools, const survey::Options& options,
                     const programs::Program& program, Form form);

}  // namespace bulkhead::explanation
