// What shared libraries bring with them: libraries that only they need.
//
// Natively what a shared library needs belongs to the scope of whoever needs that one, who may use
// it without listing it. A mirror stands for its library alone. So where an opening has a name that
// only such a library defines, a mirror of that library is listed after all others, under a SONAME
// that nobody asks for: a library of the tree that needs this one by its own name gets the tree's.
// In a capsule of the interface mirrors of what the capsule shares need each other, so that who has
// the handle of a library in there finds them by it; elsewhere inside/symbol_lookup does that.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "process/base_view.h"
#include "resolve/closure.h"

namespace bulkhead::sharing {

// Whether it is such a SONAME, and the name of the base's library that is meant; else the same.
bool is_brought(std::string_view mirror);
std::string_view library_of(std::string_view mirror);

// The mirrors that the mirror of a library in the base is to need.
std::span<const std::string_view> needs_of_mirror(Arena& arena, const capsule::Capsule& capsule,
                                                  process::BaseView& base, std::string_view name);

// The index in `base` of a shared library, which is loaded there if it is not yet. Calls ld.so.
Result<std::size_t> load_shared(Arena& arena, const capsule::Capsule& capsule,
                                process::BaseView& base, std::string_view name);

// The names of the mirrors that `closure` needs beside those of `shared`. Calls ld.so.
Result<List<std::string_view>> brought_by(Arena& arena, const capsule::Capsule& capsule,
                                          process::BaseView& base, const resolve::Closure& closure,
                                          std::span<const std::string_view> shared);

}  // namespace bulkhead::sharing
