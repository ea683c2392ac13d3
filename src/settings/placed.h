// A value in a file of settings.
#pragma once

#include <string>

namespace bulkhead::settings {

// A value, and where it stands: "capsule.toml:3:8".
struct Placed {
  std::string text;
  std::string place;
};

}  // namespace bulkhead::settings
