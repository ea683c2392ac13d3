// Removes directories by their descriptors: what a path leads to, others may exchange.
#pragma once

#include <string>

namespace bulkhead::capture {

// All that is in `directory`, a descriptor. Links are removed, not followed. What cannot be removed
// stays.
void empty_directory(int directory);

// The same, and then the directory itself at `path`, if that is still where it is.
void remove_directory(int directory, const std::string& path);

// Whether `path` is the directory of that descriptor, and no link to it.
bool lies_at(int directory, const std::string& path);

}  // namespace bulkhead::capture
