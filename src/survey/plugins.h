// A profile's patterns, looked up in a tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan/profile.h"
#include "resolve/tree.h"
#include "survey/stamp.h"

namespace bulkhead::survey {

// Names, and paths inside the tree, of the libraries that a profile's family opens by
// itself. What was looked at goes into `stamp`.
std::vector<std::string> plugins_of(const resolve::Tree& tree, const plan::Profile& profile,
                                    Stamp& stamp);

// The profile's maps that the tree has, as FROM=TO.
std::vector<std::string> maps_of(const resolve::Tree& tree, const plan::Profile& profile,
                                 Stamp& stamp);

// Each FROM that a tree could have for that profile.
std::vector<std::string> possible_maps_of(const plan::Profile& profile);

}  // namespace bulkhead::survey
