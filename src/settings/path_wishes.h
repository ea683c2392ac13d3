// What a directory to search, and a pattern of plugins' paths, may look like: on the command line
// and in a file.
#pragma once

#include <string_view>

namespace bulkhead::settings {

// Whether a directory can be one of Options::library_path: the characters are those at which ld.so
// splits such a list, and where it replaces tokens.
inline bool is_searchable(std::string_view directory) {
  return directory.starts_with('/') && directory.find_first_of(":;$") == std::string_view::npos;
}
inline constexpr const char* kNotSearchable =
    "is no absolute path inside the tree, or has one of : ; $ in it; write for instance "
    "/opt/driver/lib";

// Whether it can be one of Options::plugins.
inline bool is_path_pattern(std::string_view pattern) {
  return pattern.starts_with('/') || pattern.starts_with('*');
}
inline constexpr const char* kNoPathPattern =
    "is no absolute path, nor a pattern of such; write for instance /usr/lib/ladspa/*.so";

}  // namespace bulkhead::settings
