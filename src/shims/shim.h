// Shims as they are in memory: generated images that stand in the base for a capsule's libraries.
//
// A shim is initialised once ld.so has run its DT_INIT; bound (bind.h) once its symbol table leads
// to the capsule; settled (settle.h) once no word that ld.so wrote before leads to the shim any
// more.
#pragma once

#include <span>

#include "arch/machine.h"
#include "base/arena.h"
#include "base/result.h"
#include "handoff/handoff.h"
#include "process/modules.h"

namespace bulkhead::shims {

// The header of a shim; null if the object is none.
const handoff::ShimHeader* shim_in(const process::BaseObject& object);

// Calls `visit(const ShimHeader&)` for each that is mapped in the base, initialised or not. The
// same rule as for process::for_each_base_object holds.
template <class Visit>
void for_each_shim(Visit visit) {
  process::for_each_base_object([&](const process::BaseObject& object) {
    if (const handoff::ShimHeader* header = shim_in(object)) visit(*header);
    return false;
  });
}

// Those of one capsule.
std::span<const handoff::ShimHeader* const> find_shims(Arena& arena,
                                                       std::string_view request_bytes);
// Those of all capsules.
std::span<const handoff::ShimHeader* const> find_all_shims(Arena& arena);

// A shim in memory, by its header.
class LoadedShim {
 public:
  explicit LoadedShim(const handoff::ShimHeader& header) : header_(header) {}

  // What one of the header's offsets leads to. (It was mapped for writing, or is made so.)
  template <class T>
  T* at(std::int64_t offset) const {
    auto* begin = const_cast<char*>(reinterpret_cast<const char*>(&header_));
    return reinterpret_cast<T*>(begin + offset);
  }

  // Where its ELF header is, which is also its load bias.
  elf::Addr image() const { return reinterpret_cast<elf::Addr>(at<char>(header_.image)); }
  elf::Sym* symbols() const { return at<elf::Sym>(header_.symtab); }
  // The code that a call meets until the shim is bound.
  elf::Addr stubs() const { return reinterpret_cast<elf::Addr>(at<char>(header_.stubs)); }
  elf::Addr stubs_size() const { return header_.stub_count * arch::Native::kStubSize; }

  // Its tables, by itself alone: other threads may be closing libraries.
  Result<elf::Object> read(Arena& arena) const;

 private:
  const handoff::ShimHeader& header_;
};

inline const char* soname_of(const handoff::ShimHeader& shim) {
  return reinterpret_cast<const char*>(&shim) + shim.soname;
}
inline std::string_view request_of(const handoff::ShimHeader& shim) {
  return {reinterpret_cast<const char*>(&shim) + shim.request, shim.request_size};
}
// Calls `function` with a return address in the shim: ld.so goes by it. Null if the shim was made
// by a release that did not write the code for it.
void* call_from(const handoff::ShimHeader& shim, const void* function, std::uintptr_t first,
                std::uintptr_t second, std::uintptr_t third);
// Has ld.so keep it for ever, as addresses in it end up in the program's tables. (Not by
// DF_1_NODELETE: a shim that is refused must go. What the program begins with stays anyway.) Asks
// ld.so.
void keep(const handoff::ShimHeader& shim);
// Now if its DT_INIT was called, else then: ld.so must have relocated it.
void keep_once_initialised(const handoff::ShimHeader& shim);

// Whether ld.so has come to relocating it. (Before it has, words of the shim's are still to be
// written.)
bool is_relocated(const handoff::ShimHeader& shim);
// Whether ld.so has bound it at once, as RTLD_NOW and LD_BIND_NOW have it.
bool is_bound_at_once(const handoff::ShimHeader& shim);

// What ld.so knows it as.
link_map* loaded_shim(const handoff::ShimHeader& shim);
// The directory that ld.so searched for a shim: it may have found the shim in a directory for
// processors in that (cache/shim_directory.h).
std::string_view searched_directory(const link_map* loaded_shim);

// Its library is open in the capsule, and waits to be bound.
bool is_opened(const handoff::ShimHeader& shim);
void mark_opened(const handoff::ShimHeader& shim);
bool is_initialised(const handoff::ShimHeader& shim);
void mark_initialised(const handoff::ShimHeader& shim);
bool is_bound(const handoff::ShimHeader& shim);
// `complete`: the library has all symbols of the shim.
void mark_bound(const handoff::ShimHeader& shim, bool complete);
bool is_settled(const handoff::ShimHeader& shim);
void mark_settled(const handoff::ShimHeader& shim);

// The address of the function that a bound shim has at `index` of its symbol table; 0 if the
// library lacks it.
std::uintptr_t function_at(const handoff::ShimHeader& shim, std::size_t index);

// Last words then: the tree's library lacks it, or this system's that stands in.
[[noreturn]] void stop_for_absent(const handoff::ShimHeader& shim, std::size_t index, bool native);

}  // namespace bulkhead::shims
