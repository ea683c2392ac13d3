// Profiles as they are printed.
#pragma once

#include <string>
#include <vector>

#include "settings/profile_file.h"

namespace bulkhead::settings {

// Name, description and file of each.
std::string listing_of(const std::vector<ProfileFile>& profiles);

// All that the file says.
std::string text_of(const ProfileFile& profile);

}  // namespace bulkhead::settings
