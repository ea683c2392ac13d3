// What is loaded in the process, as tools are told of it.
#pragma once

#include <link.h>

#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "elf/image.h"

namespace bulkhead::tool {

struct Library {
  link_map* map;
  elf::Addr begin, end;             // of its segments
  std::string_view path, soname;    // end with a zero, and live as long as the process
  const capsule::Capsule* capsule;  // null: the program's
  bool generated;                   // by bulkhead, in memory; only in the base are such listed
  bool executable = false;

  bool contains(elf::Addr address) const { return begin <= address && address < end; }
  // By which callers are chosen: the SONAME, or the file's name if there is none (plugins often
  // have none); of the executable empty.
  std::string_view name() const;
};

// The objects of the base in ld.so's order, with the executable first; then those of capsules that
// are open, if they are asked for. Under ld.so's lock (process/loader_lock.h): what lies in a
// link_map is read.
List<Library> loaded_libraries(Arena& arena, bool with_capsules);

// How many of the base there are, but generated ones. Asks ld.so, and needs no lock.
std::size_t count_in_base();

// A copy that lives as long as the process, one for all that are equal; ends with a zero.
std::string_view keep_name(std::string_view name);

// The vDSO's segments; 0 and 0 if there is none.
struct Extent {
  elf::Addr begin = 0, end = 0;
};
Extent extent_of_vdso();

}  // namespace bulkhead::tool
