// By whose search paths ld.so looks for what a piece of the program's code opens.
#pragma once

#include "base/arena.h"
#include "resolve/search.h"

namespace bulkhead::capsule {

// The caller's, and the program's DT_RPATH. (Who loaded the caller, ld.so keeps to itself.)
// `caller`: an address in its code. Asks ld.so.
resolve::Searcher::Scope scope_of_caller(Arena& arena, const void* caller);

// The name of a file with the caller's $ORIGIN put in: ld.so would put in ours.
std::string_view with_origin_of_caller(Arena& arena, std::string_view file, const void* caller);

}  // namespace bulkhead::capsule
