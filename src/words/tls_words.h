// Words that ld.so bound to thread-local symbols of stand-ins (image/tls_block.h) before these
// led anywhere.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "elf/object.h"

namespace bulkhead::words {

// An image of ours with thread-local symbols, as ld.so has relocated it.
struct TlsStandIn {
  const elf::Object* tables;  // with the values that the symbols have now; they had 0
  elf::Addr module;           // of its block
  elf::Addr place;            // of its block, relative to the thread pointer
  elf::Addr function;         // that ld.so puts into descriptors with a place
};

// Nothing if the image has no such symbols. The object must outlive the answer.
std::optional<TlsStandIn> read_tls_stand_in(const elf::Object& object);

// Makes each word of `object` that leads to a stand-in lead to what its symbol now means. Other
// threads may use those words meanwhile, which are one store each; but for a descriptor that was
// made before the stand-in had static TLS, by the same dlopen, so that nobody knows the object yet.
// Returns how many were changed.
std::size_t rebind_thread_locals(const elf::Image& object, std::span<const TlsStandIn> stand_ins);

// The name of a symbol whose word in `object` leads to a stand-in; empty if there is none.
// `undefined`: only of one that the stand-in no longer has.
std::string_view uses_tls_of(const elf::Image& object, const TlsStandIn& stand_in, bool undefined);

}  // namespace bulkhead::words
