// Streams in isolated capsules: a FILE is worked on by the libc that made it.
//
// Two libcs have each a list of streams and a table of functions for them. A stream that one made
// and the other closes is taken out of the wrong list, and the program's libc ends the process when
// it meets a table that is not its own. So in an isolated capsule the functions that have a stream
// as an argument lead to entries (isolation/<cpu>/streams.S) which look whose it is: one of the
// program's libc goes on to the function that the program calls, behind the interposer of a
// preloaded tool; any other to the capsule's own libc. fflush, for which no stream means all, is a
// hook instead (isolated_hooks).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "elf/object.h"
#include "image/absolute_symbols.h"

struct _IO_FILE;  // <stdio.h>'s FILE

namespace bulkhead::isolation {

// One of these functions: its symbol in libc, and the number of its entry.
struct StreamFunction {
  elf::SymbolIndex symbol;
  std::uint32_t entry;
};

// Those that a libc has. Marks them, and fflush, among its symbols. `own_heap`: whether the
// capsule has one (own_heap.h).
List<StreamFunction> find_stream_functions(Arena& arena, const elf::Object& libc, bool own_heap,
                                           std::span<bool> marks);

// Replaces the addresses of these functions, which are those that the program calls and are kept,
// by the capsule's entries. `libc`: the base's. Before the capsule's own libc is there; no entry is
// called until then.
void lead_by_stream(const capsule::Capsule& capsule, const elf::Object& libc,
                    std::span<const StreamFunction> functions,
                    const image::AbsoluteSymbols& symbols);

// Lets the entries know the capsule's own libc, which is the same build, by its load bias. Once.
void find_own_stream_functions(const capsule::Capsule& capsule, elf::Addr own);

// Whether the program's libc made it. `stream` is not null.
bool is_stream_of_program(const _IO_FILE* stream);

}  // namespace bulkhead::isolation
