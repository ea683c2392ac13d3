// Interposers in a running program: shims of preloaded tools (see image/interposer.h).
//
// A tool in LD_PRELOAD stands in front of the program's libraries. It goes on, by dlsym(RTLD_NEXT),
// to the definitions behind the tool. In a capsule the tool finds mirrors of those libraries. A
// mirror there must lead behind the interposer: of a name that the tool replaces, the first
// definition that the program finds is the tool's own. Example: a tool replaces open. The program's
// call finds the interposer, which leads to the tool; the mirror of libc.so.6 has the address of
// libc's open.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"
#include "image/absolute_symbols.h"
#include "process/base_view.h"

namespace bulkhead::shims {

bool is_interposer(const handoff::ShimHeader& shim);

// The definition that dlsym(RTLD_NEXT, name), or dlvsym if there is a version, gives to code of the
// interposer: the next one in the program's scope. Null if there is none. `name` and `version` end
// with a zero. Asks ld.so; leaves its message for dlerror.
const void* next_after(const handoff::ShimHeader& interposer, std::string_view name,
                       std::string_view version);

// Whether the tool replaces a function, or a variable, of that name.
bool interposes(const handoff::ShimHeader& interposer, std::string_view name);

// Where a call of an interposer that is not bound goes: to the next definition, or to the early
// heap. 0 if there is no other definition. `index`: of its symbol.
std::uintptr_t function_before(const handoff::ShimHeader& interposer, std::size_t index);

// What the interposer's symbol is to lead to, for a tool's function at `address`: itself, or a
// guard of it. 0 stays 0.
elf::Addr guarded(const handoff::ShimHeader& interposer, std::size_t index, elf::Addr address);

// The interposer's guards, by name, for what comes first in the capsule's lookup.
struct Guard {
  std::string_view name;
  elf::Addr address;
};
std::span<const Guard> guards_of(Arena& arena, const handoff::ShimHeader& interposer);

// process::addresses_of for the library at `index` of the base, as a capsule is to have them: of
// what the capsule's tool interposes, if it is a tool's, the addresses behind its interposer.
Result<image::AbsoluteSymbols> addresses_behind_tool(Arena& arena, const capsule::Capsule& capsule,
                                                     process::BaseView& base, std::size_t index,
                                                     std::span<const bool> wanted = {});

// Takes their addresses from the symbols whose names the tool interposes.
void leave_out_interposed(Arena& arena, const handoff::ShimHeader& interposer,
                          const elf::Object& library, const image::AbsoluteSymbols& symbols);

// The place of the interposer in the base's order; the number of objects if it is not there.
std::size_t place_of(process::BaseView& base, const handoff::ShimHeader& interposer);

// --- For hooks: calls of the tool to the dl functions.

// Whether that caller is the tool and replaces the function itself: then it calls for the program,
// which called the tool.
bool calls_for_program(const capsule::Capsule& capsule, const void* caller,
                       std::string_view function);

// Calls one of libc's functions of up to three arguments as the interposer does, for which ld.so
// goes by the program's scope.
void* call_for_program(const capsule::Capsule& capsule, const void* function, std::uintptr_t first,
                       std::uintptr_t second, std::uintptr_t third);

}  // namespace bulkhead::shims
