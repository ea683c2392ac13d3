// What a configuration file says of a capsule: asked of libbulkhead-config.so.0.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/result.h"

namespace bulkhead::api {

// The bytes of the request for the capsule `name` of a file, in `arena`; a null name: of the only
// one there is. `file` is not null. Sections for programs count for the running one.
//
// Opens libbulkhead-config.so.0 beside this library, or as ld.so finds it, and closes it again: no
// lock of ours may be held. It uses the program's heap. Thread-safe. Errors: what is wrong with the
// file, with line and column; what of the tree or of this system is missing; no such library.
Result<std::string_view> request_of_config(Arena& arena, const char* file, const char* name);

}  // namespace bulkhead::api
