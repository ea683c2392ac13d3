// The rules that need no graph: what is shared in every capsule, what is never found. Pure, and
// also used inside the program, where the runtime decides about libraries that a capsule opens
// later.
#pragma once

#include <span>
#include <string_view>

#include "base/list.h"

namespace bulkhead::plan {

// glibc's own libraries, the dynamic linker and the vDSO. They are shared as a whole or not
// at all: they reach into each other's private symbols, thread-local ones among them, and into
// the thread control block.
bool is_glibc_family(std::string_view name);

// Those of them that have the same name everywhere: all but the dynamic linker.
std::span<const std::string_view> glibc_family();

// The family; libgcc_s.so.1, since the unwinder's registry and the forced unwinding of thread
// cancellation must be one in the process; and bulkhead's own runtime, which knows all capsules.
bool is_always_shared(std::string_view name);

// glibc 2.34 made these libraries part of libc.so.6: threads, dlopen, timers, resolver. A program
// that was linked before, or runs on an older glibc, has them beside it.
struct MergedLibrary {
  std::string_view name;
  // It holds state that a process must have once (threads, timers, what is loaded): even an
  // isolated capsule gets the program's.
  bool once;
  // Before 2.34 a shim needs it itself: the runtime calls libdl.so.2; a libpthread.so.0 that came
  // in later, for a library of the capsule, would find the program bound to libc's stand-ins.
  bool with_shims;
};
std::span<const MergedLibrary> merged_into_libc();

// Whether a library of glibc's is the capsule's own in an isolated one. `apart`: the libraries
// above stand beside libc.so.6 (before glibc 2.34).
bool is_own_glibc(std::string_view name, bool apart);

// A C++ library whose operators new and delete, and whose templates, every program and many tools
// replace: such a replacement says nothing about who belongs together.
bool is_cxx_runtime(std::string_view name);

// The versions that compat's symbols stand under are GLIBC_2.32, the first after the oldest base,
// to the newest that compat knows.
inline constexpr unsigned kFirstCompatVersion = 32;
inline constexpr unsigned kLastCompatVersion = 44;

// Versions without symbols: they say what the dynamic linker can do.
struct Mark {
  std::string_view version;
  std::string_view meaning;
  // Whether mirrors define it whatever the base's ld.so can do, since the runtime sees to it; else
  // it names an ability of every ld.so that has GLIBC_2.36, and is defined with that.
  bool always;
};
std::span<const Mark> marks();

// Never taken for a boundary library only because both sides need it: C++ runtimes and the
// like, which a program and a library both need without passing objects of them through a
// C interface. Sharing an older one would keep newer code from loading, and exposing a
// newer one would give the program another C++ library than it was started with.
bool is_never_found(std::string_view name);

bool contains(std::span<const std::string_view> names, std::string_view name);
void add_once(List<std::string_view>& names, std::string_view name);

}  // namespace bulkhead::plan
