// What a file system is mounted with, as far as it keeps libraries from being loaded.
#pragma once

namespace bulkhead {

// Whether no code may be mapped of that file (noexec). False if that cannot be told.
bool is_on_noexec_mount(const char* path);
bool is_on_noexec_mount(int fd);

inline constexpr const char* kOnNoexecMount =
    "lies on a file system that is mounted noexec, of which no code may be loaded";

}  // namespace bulkhead
