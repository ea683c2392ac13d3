// Interposers: the shims of tools that are preloaded.
//
// A tool in LD_PRELOAD replaces functions for the whole program and calls the next definition of
// the same name itself. So its shim stands first in the program's scope, and has besides what a
// shim has:
//   * code by which ld.so is asked for the next definition as if the shim asked (RTLD_NEXT goes by
//     the return address);
//   * if the tool replaces malloc: a list of the functions that give memory out and take it back,
//     and a guard in front of each of the latter. Until the tool is there the runtime serves them
//     from an early heap, whose memory must never reach the tool.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "elf/object.h"
#include "handoff/handoff.h"
#include "image/tables.h"

namespace bulkhead::image {

// A definition that is there for whoever needs a copy of it, and not to replace others: inline
// functions, instances of templates, virtual tables and type information of C++ ("vague linkage"
// in the Itanium C++ ABI). ld.so would let a preloaded library's copies win over the program's.
// operator new and delete are none.
bool has_vague_linkage(std::string_view name, const elf::Sym& symbol);

// The functions of `tables` that give or take memory; empty unless malloc, realloc and free are
// among them: a tool that leaves one of these to libc passes the others on to libc, too.
std::span<const handoff::AllocationFunction> allocation_functions(Arena& arena,
                                                                  const Tables& tables,
                                                                  const elf::Strings& names);

}  // namespace bulkhead::image
