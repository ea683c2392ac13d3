// Capsules for plugins of the program's (`bulkhead run --plugin`): no shim opens them, but a
// library that is preloaded.
#pragma once

#include <string>
#include <vector>

#include "survey/options.h"

namespace bulkhead::preload {

// Writes that library, and what it is to open, into a subdirectory of an existing directory, for
// those of the capsules that have plugins. Returns the files, for write_order: none if none has.
// Fails if a tree is not there.
std::vector<std::string> write_plugins(const std::vector<survey::Options>& capsules,
                                       const std::string& directory);

}  // namespace bulkhead::preload
