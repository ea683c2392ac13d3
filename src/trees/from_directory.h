// A tree that is the copy of a directory.
#pragma once

#include <string>

#include "trees/progress.h"
#include "trees/shelf.h"

namespace bulkhead::trees {

// `shelf`: the directory of all trees, which is not copied.
Manifest fill_from_directory(const Manifest& wish, const std::string& shelf, const Making& making,
                             Progress& progress);

}  // namespace bulkhead::trees
