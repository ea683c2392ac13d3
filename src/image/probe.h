// Probes: how ld.so is asked what a reference would be bound to.
//
// Weak undefined versioned symbols with one GOT entry each. Opened in the base with
// RTLD_NOW, ld.so writes into the GOT what a normally linked library would get
// (interposed functions, copied data, IFUNC targets); read it and close it. With the relocation
// for it, that is a thread-local variable's place relative to the thread pointer, and ld.so gives
// the library that defines it static TLS.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "elf/image.h"

namespace bulkhead::image {

struct Question {
  std::string_view name;
  std::string_view version;  // may be empty
  bool required = false;     // ld.so refuses the image if nothing defines it
};

struct Probe {
  Pieces bytes;
  elf::Addr answers;  // vaddr of the GOT: one address a question, 0 if nothing defines it
};

// `library` is the SONAME of the object whose versions are meant, or its path if it is loaded.
// `relocation`: arch::Native::kGlobDat or kTlsPlace.
Probe build_probe(Arena& arena, std::string_view library, std::span<const Question> questions,
                  std::uint32_t relocation);

}  // namespace bulkhead::image
