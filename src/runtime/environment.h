// The environment of the program: what is passed on to the programs that it starts.
#pragma once

#include <string_view>

#include "base/arena.h"

namespace bulkhead::runtime {

// LD_LIBRARY_PATH as it is; as it was when the process started, if libc does not know the
// environment yet (a call from .preinit_array). Empty in a set-user-ID program.
std::string_view library_path(Arena& arena);

// Whether a directory is in it.
bool is_in_library_path(Arena& arena, std::string_view directory);

// Takes a directory out of LD_LIBRARY_PATH, and that variable out of the environment if
// nothing else is in it. Neither libc's heap nor its lock is used. A string that somebody
// got from getenv(3) before stays as it was: the new one lies in `arena`, for ever. As with
// unsetenv(3), no other thread may read the environment meanwhile.
void take_from_library_path(Arena& arena, std::string_view directory);

}  // namespace bulkhead::runtime
