// What a dynamic linker was built with: the directories that it searches last, and the name of its
// cache.
//
// ld.so --list-diagnostics prints them since glibc 2.33. They are read from the file's constants
// instead, which have looked alike for as long as there is a glibc of ours to run on: the
// directories stand one after the other, each with a slash at its end. Nothing has to be executed.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"

namespace bulkhead::resolve {

struct LinkerDefaults {
  std::span<const std::string_view> directories;  // without the slash at the end
  std::string_view cache;                         // absolute path; empty: it was not found
};

// `bytes`: of the dynamic linker's file. The texts live in `arena`. No directories: this is no
// glibc's.
LinkerDefaults defaults_of_linker(Arena& arena, std::string_view bytes);

}  // namespace bulkhead::resolve
