// "Did you mean": libraries of a tree whose names are near to one that it does not have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolve/tree.h"

namespace bulkhead::cli {

// At most a handful, the nearest first. `directories` are paths inside the tree, joined by ':'.
std::vector<std::string> near_names(const resolve::Tree& tree, std::string_view directories,
                                    std::string_view name);

}  // namespace bulkhead::cli
