// "Did you mean": libraries of a tree whose names are near to one that it does not have, and
// words that are near to one that means nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolve/tree.h"

namespace bulkhead::suggest {

// At most a handful, the nearest first. `directories` are paths inside the tree, joined by ':'.
std::vector<std::string> near_names(const resolve::Tree& tree, std::string_view directories,
                                    std::string_view name);

// Those of `known` that are near to `word`, the nearest first.
std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& known);

}  // namespace bulkhead::suggest
