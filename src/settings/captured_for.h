// What a captured tree was captured for, as its manifest has it (capture/manifest).
#pragma once

#include <string>
#include <vector>

namespace bulkhead::settings {

struct CapturedFor {
  std::vector<std::string> profiles, expose, library_path;
};

// Nothing for any other tree, and for a manifest that is damaged.
CapturedFor captured_for(const std::string& tree);

}  // namespace bulkhead::settings
