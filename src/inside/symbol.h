// A symbol that somebody looks for.
#pragma once

#include <string_view>

namespace bulkhead::inside {

// What is looked for. Empty `version`: whichever is the default.
struct Symbol {
  std::string_view name;
  std::string_view version;
};

}  // namespace bulkhead::inside
