// This system's own file in place of a shim: what the program would have by a name without
// bulkhead.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "elf/dynamic.h"
#include "resolve/search.h"

namespace bulkhead::capsule {

// Whether that is the dynamic section of a shim.
bool is_shim(const elf::Dynamic& dynamic);

struct NativeFile {
  std::string_view path;
  resolve::Searcher::PathOwner owner;
  std::span<const std::string_view> needed;
};

// Finds it by ld.so's rules, shims left out. `library_path`: the process's LD_LIBRARY_PATH, as it
// is. `asker`: who needs it; null: not known.
Result<NativeFile> find_native(Arena& arena, std::string_view name, std::string_view library_path,
                               const resolve::Searcher::PathOwner* asker);

}  // namespace bulkhead::capsule
