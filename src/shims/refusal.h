// A dlopen of a shim that fails as that of any library does.
//
// Constructors cannot fail. But ld.so relocates a shim before, and ends a dlopen with an error if a
// relocation names a symbol that nobody defines. So the last relocation of a shim is made to name
// one if its capsule cannot be opened, and what ld.so then says has the reason in place of the
// name.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "elf/object.h"
#include "handoff/handoff.h"

namespace bulkhead::shims {

// Whether a capsule can be opened while ld.so relocates a shim. In older releases each dlopen
// relocates whatever is not yet, so one within the other would relocate the shim once more and
// protect what the first is about to write.
bool can_open_while_relocating();

// Whether ld.so has relocated an object. False of some of which that cannot be told.
bool is_relocated(const elf::Image& image, const elf::Dynamic& dynamic);

// To be called when something was opened while ld.so relocates the shim. A dlopen within relocates
// what it brings and is not relocated yet, the shim among it if that is needed, and protects what
// ld.so is about to write to: this takes that back. ld.so protects it again.
void let_relocation_go_on(const handoff::ShimHeader& shim);

// Has ld.so refuse the shim when it goes on. `reason` is cut off if it is long. False if the shim's
// tables cannot be written to.
bool refuse(const handoff::ShimHeader& shim, std::string_view reason);

// Whether it was. ld.so may have kept it mapped all the same, if somebody else needs it.
bool is_refused(const handoff::ShimHeader& shim);

// Whether something that this dlopen brings besides is to be kept (DF_1_NODELETE). ld.so would keep
// that, not relocated, after a refusal, and give it out the next time. (It keeps what is to be kept
// as soon as another dlopen succeeds, and an opening needs several.)
bool would_leave_others();

// Whether this dlopen may bring a library that was linked with -z initfirst: the next opening,
// which would be ours, has ld.so call the constructors of the last one that it has mapped. A shim
// gives that turn away here: what it stands for begins first all the same (turns/beginnings.h).
bool would_initialise_others(Arena& arena);

// Takes a refusal back.
void readmit(const handoff::ShimHeader& shim);

}  // namespace bulkhead::shims
