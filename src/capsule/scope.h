// By whose search paths a name is looked for: those of the code that asks.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "resolve/search.h"

namespace bulkhead::capsule {

// --- For code of the program, as ld.so would search. Asks ld.so.

// `caller`: an address in the code that opens something. The caller's search paths, and the
// program's DT_RPATH. (Who loaded the caller, ld.so keeps to itself.)
resolve::Searcher::Scope scope_of_caller(Arena& arena, const void* caller);

// The name of a file with the caller's $ORIGIN put in: ld.so would put in ours.
std::string_view with_origin_of_caller(Arena& arena, std::string_view file, const void* caller);

// Of a library that somebody in the base needs: those of the first who does, then of the program.
// (Which library it was that called dlopen nobody remembers.) `asker`: who it is, if that is known;
// else null.
resolve::Searcher::Scope scope_of_need(Arena& arena, std::string_view name,
                                       const resolve::Searcher::PathOwner* asker);

// --- For code in a capsule.

// Of `object`, which opens something: its own, then those of the library that loaded it, and so on.
// Nobody's for null, or for what is not the capsule's.
resolve::Searcher::Scope scope_of(Arena& arena, const Capsule& capsule, const link_map* object);

// A name with the $ORIGIN of `object` put in: of a library of the tree, inside the tree.
std::string_view with_origin(Arena& arena, const Capsule& capsule, const link_map* object,
                             std::string_view name);

// The tree's own name for a path: with the tree's prefix it is taken off.
std::string_view inside_tree(const Capsule& capsule, std::string_view path);

}  // namespace bulkhead::capsule
