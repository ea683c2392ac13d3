// How the state beside the general registers is saved around C code of which the interrupted code
// knows nothing (System V psABI: but for control bits, all of it is the caller's to save). Assembly
// includes this too, for the places of its fields.
#pragma once

#define BULKHEAD_STATE_SIZE 0
#define BULKHEAD_STATE_MASK 8
#define BULKHEAD_STATE_INSTRUCTION 12
// The state that glibc's own resolver saves since 2.40: x87, SSE, AVX, MPX's bounds, the three
// parts of AVX-512, both of AMX, and APX. (Not PKRU, which nobody takes for a register that a call
// keeps.) AMX's tiles that are not in use take room, 8 KiB, but no time.
#define BULKHEAD_STATE_OF_CALLS 0xe00ef
// The same without tiles, which are no arguments: they would take a sixth of a callback's stack.
#define BULKHEAD_STATE_OF_CALLBACKS 0x800ef
// Where X86_64::TlsSaving has one.
#define BULKHEAD_TLS_SAVING_STATE 8
// Which one: FXSAVE, XSAVE, XSAVEC.
#define BULKHEAD_STATE_BY_FXSAVE 0
#define BULKHEAD_STATE_BY_XSAVE 1
#define BULKHEAD_STATE_BY_XSAVEC 2

#ifndef __ASSEMBLER__

#include <cstddef>
#include <cstdint>

namespace bulkhead::arch {

struct StateSaving {
  static constexpr std::uint32_t kFxsave = BULKHEAD_STATE_BY_FXSAVE;
  static constexpr std::uint32_t kXsave = BULKHEAD_STATE_BY_XSAVE;
  static constexpr std::uint32_t kXsavec = BULKHEAD_STATE_BY_XSAVEC;
  std::uint64_t size;  // of the area that it writes; a multiple of 64, as the area's address
  std::uint32_t mask;  // of the state's components
  std::uint32_t instruction;
};
static_assert(offsetof(StateSaving, size) == BULKHEAD_STATE_SIZE);
static_assert(offsetof(StateSaving, mask) == BULKHEAD_STATE_MASK);
static_assert(offsetof(StateSaving, instruction) == BULKHEAD_STATE_INSTRUCTION);

}  // namespace bulkhead::arch

#endif
