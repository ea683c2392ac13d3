// LD_LIBRARY_PATH and LD_PRELOAD of the program: what ld.so was told, and what is passed on to the
// programs that this one starts.
#pragma once

#include <string_view>

#include "base/arena.h"

namespace bulkhead::process {

// LD_LIBRARY_PATH as it is; as it was when the process started, if libc does not know the
// environment yet (a call from .preinit_array). Empty in a set-user-ID program.
std::string_view library_path(Arena& arena);

// Whether libc has begun, which it has when ld.so has relocated all that the program begins with,
// and has an environment.
bool has_begun();

// Whether a directory is in it.
bool is_in_library_path(Arena& arena, std::string_view directory);

// The list `list`, of the form of LD_LIBRARY_PATH, without `directory`, which has no slash at its
// end: every entry that means it is left out. What remains keeps its separators and its slashes. In
// `arena`.
std::string_view without_directory(Arena& arena, std::string_view list, std::string_view directory);

// Takes a directory out of LD_LIBRARY_PATH, and that variable out of the environment if
// nothing else is in it. Neither libc's heap nor its lock is used. A string that somebody
// got from getenv(3) before stays as it was: the new one lies in `arena`, for ever. As with
// unsetenv(3), no other thread may read the environment meanwhile.
void take_from_library_path(Arena& arena, std::string_view directory);

// The same with the files in that directory and LD_PRELOAD.
void take_from_preload(Arena& arena, std::string_view directory);

}  // namespace bulkhead::process
