// Which side's copy of a library is preferred where there must be one: --prefer. Pure.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "elf/object.h"

namespace bulkhead::copies {

// Of a text: "tree" (or base, newer) for all, "libX11.so.6=tree", "gl=tree" for a profile's.
struct Preference {
  std::string_view name, side;
  static Preference of(std::string_view text);
};

// The side; empty if nothing is said. The nearest word counts: of the library, of the profile
// (which may be empty), of all; the last of each.
std::string_view preference_for(std::span<const std::string_view> all, std::string_view library,
                                std::string_view profile);

struct Comparison {
  bool tree = false;  // its copy is to be taken if it can be
  std::string_view why;
};

struct Copy {
  const elf::Object* object;  // null: not known
  std::string_view file;
};

// By what they have (newer.h), then by the numbers in the names of the files.
Comparison compare_copies(Arena& arena, const Copy& tree, const Copy& base);

// A file's path without links; as it is, where that cannot be known.
std::string_view real_file(Arena& arena, std::string_view path);

}  // namespace bulkhead::copies
