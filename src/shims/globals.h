// Exposed libraries that the program has opened with RTLD_GLOBAL, and what such libraries mean to
// what is opened later.
//
// ld.so makes a library global when its constructors have run, and tells nobody. But the program's
// own handle finds what is global.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "resolve/closure.h"

namespace bulkhead::shims {

// Whether the program finds symbols of a library that it has loaded, or of a shim which is bound:
// by the first ones, as a library that came before may have some of the same names. Asks ld.so.
bool is_global(Arena& arena, const link_map* library);
// The same of a library that has this name, which is what is asked first.
bool is_global(Arena& arena, const link_map* library, const char* name, const char* version);

// What was opened with RTLD_GLOBAL, or has become global by now, and is loaded: by path. What was
// closed is forgotten: opened again, it is as global as it is opened then. Asks ld.so.
List<std::string_view> loaded_globals(Arena& arena, capsule::Capsule& capsule);

// Whether ld.so might bind anything of a closure that is to be opened to the library which is
// loaded in the capsule under that path, or to what that needs. Under ld.so's lock.
bool may_serve(Arena& arena, const capsule::Capsule& capsule, std::string_view path,
               const resolve::Closure& closure);

}  // namespace bulkhead::shims
