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

// Directories of plugins that a profile names one by one, not by a pattern: they are some of many,
// and the exposed libraries may open any other beside them.
std::vector<std::string> directories_of_examples(const plan::Profile& profile);

// Each FROM that a tree could have for that profile.
std::vector<std::string> possible_maps_of(const plan::Profile& profile);

// Drivers' JSON files bear the processor's name in one release and not in the next:
// lvp_icd.x86_64.json, lvp_icd.json. Where a variable names the one and the tree has the other,
// that is meant. As FROM=TO.
std::vector<std::string> other_names_of(const resolve::Tree& tree, const plan::Profile& profile,
                                        Stamp& stamp);

}  // namespace bulkhead::survey
