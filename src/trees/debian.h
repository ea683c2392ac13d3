// A tree of packages: fetched by apt, unpacked with all that they depend on, none of their scripts
// run.
#pragma once

#include <optional>
#include <string>

#include "trees/progress.h"
#include "trees/shelf.h"

namespace bulkhead::trees {

// Decides `wish.suite`, if it is not said, for a tree of that name. Fails where packages cannot be
// had.
void choose_suite(Manifest& wish, const std::string& name, Progress& progress);

// Nothing if all packages are what they were `before`.
std::optional<Manifest> fill_from_packages(const Manifest& wish, const Manifest* before,
                                           const Making& making, Progress& progress);

}  // namespace bulkhead::trees
