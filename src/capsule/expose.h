// Exposing out: turning shims into mirrors of the capsule's libraries.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "handoff/handoff.h"

namespace bulkhead::capsule {

// The shims of one capsule that are mapped in the base, initialised or not.
std::span<const handoff::ShimHeader* const> find_shims(Arena& arena,
                                                       std::string_view request_bytes);

inline const char* soname_of(const handoff::ShimHeader& shim) {
  return reinterpret_cast<const char*>(&shim) + shim.soname;
}
inline std::string_view request_of(const handoff::ShimHeader& shim) {
  return {reinterpret_cast<const char*>(&shim) + shim.request, shim.request_size};
}
// A shim is initialised once ld.so has run its DT_INIT; bound once its symbol table leads to
// the capsule; settled once no word that ld.so wrote before leads to the shim any more.
bool is_initialised(const handoff::ShimHeader& shim);
void mark_initialised(const handoff::ShimHeader& shim);
bool is_bound(const handoff::ShimHeader& shim);
bool is_settled(const handoff::ShimHeader& shim);

// The address of the function that a bound shim has at `index` of its symbol table. Does not
// return if the tree's library lacks it.
std::uintptr_t function_at(const handoff::ShimHeader& shim, std::size_t index);

// Writes the capsule's addresses into each shim's symbol table.
Status bind_shims(Arena& arena, Capsule& capsule,
                  std::span<const handoff::ShimHeader* const> shims);

// Rewrites every word of the base that ld.so bound to a shim before that was bound. Not while
// ld.so is relocating: it would find pages write-protected that it is going to write to.
void settle_shims(Arena& arena, Capsule& capsule);

}  // namespace bulkhead::capsule
