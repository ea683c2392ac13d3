#include "plan/profile.h"

#include "plan/rules_of_thumb.h"

namespace bulkhead::plan {

const Profile* find_profile(Profiles profiles, std::string_view name) {
  for (const Profile* profile : profiles) {
    if (profile->name == name) return profile;
  }
  return nullptr;
}

const Profile* profile_of(Profiles profiles, std::string_view library) {
  for (const Profile* profile : profiles) {
    if (contains(profile->family, library)) return profile;
  }
  return nullptr;
}

}  // namespace bulkhead::plan
