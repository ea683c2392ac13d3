// What a survey collects besides its plan.
#pragma once

#include <vector>

#include "messages/warning.h"
#include "survey/stamp.h"

namespace bulkhead::survey {

struct Findings {
  Stamp stamp;  // every file that the plan depends on
  std::vector<messages::Warning> warnings;
};

}  // namespace bulkhead::survey
