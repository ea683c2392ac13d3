// Which of glibc's functions and variables are the program's even in an isolated capsule.
//
// Two libcs in a process share the threads, whose control blocks they both write to, the kernel's
// view of the process, and whatever the two sides hand to each other. What has state about any of
// these must be one. docs/isolated.md has the same list with what happens otherwise.
#pragma once

#include <span>
#include <string_view>

#include "elf/symbols.h"

namespace bulkhead::isolation {

struct NameGroup {
  std::string_view reason;
  // Names as libc.so.6 exports them, in any version; one that ends in '*' stands for all that begin
  // so.
  std::span<const std::string_view> names;
};

// malloc and its kin: not the program's in a capsule that has a heap of its own.
const NameGroup& heap_names();

// All others.
std::span<const NameGroup> process_names();

// Marks those of libc's symbols that are the program's. The one place that decides about the heap.
void mark_programs_names(const elf::SymbolTable& symbols, bool own_heap, std::span<bool> marks);

}  // namespace bulkhead::isolation
