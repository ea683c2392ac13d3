// Where the machine code of libraries lies.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/list.h"
#include "tool/libraries.h"

namespace bulkhead::tool {

struct CodeRange {
  elf::Addr begin, end;
};

// The executable segments (PT_LOAD with PF_X) of a library. Under ld.so's lock.
void add_code(const Library& library, List<CodeRange>& ranges);

// The capsule that an address is in; null if it is in none. Takes ld.so's lock.
const capsule::Capsule* capsule_at(Arena& arena, const void* address);

// The same segments of all libraries of that capsule which have a system call in them (see
// arch::Native::kSystemCallSize); none for an address in no capsule. Takes ld.so's lock.
std::span<const CodeRange> code_of_capsule(Arena& arena, const void* address);

}  // namespace bulkhead::tool
