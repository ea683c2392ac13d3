// Probes: how ld.so is asked what a reference would be bound to.
//
// Weak undefined versioned symbols with one GOT entry each. Opened in the base with
// RTLD_NOW, ld.so writes into the GOT what a normally linked library would get
// (interposed functions, copied data, IFUNC targets). With the relocation for it, that is a
// thread-local variable's place relative to the thread pointer, and ld.so gives the library that
// defines it static TLS.
//
// A library that ld.so searches for everybody has to be needed by nobody. Another one the probe
// needs, and ld.so would have its constructors run, which may not have had their turn. So when it
// has answered it calls a function of ours, which reads the GOT: the resolver of a local, absolute
// IFUNC. Then it refuses the probe, which refers to a name that nobody has.
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
};

struct Probe {
  Pieces bytes;
  elf::Addr answers;  // vaddr of the GOT: one address a question, 0 if nothing defines it
};

// The name that nobody has: it is in ld.so's message.
inline constexpr std::string_view kNobodysName = "bulkhead: nobody defines this";

// `library` is the path of the object whose versions are meant, as ld.so knows it, or, if the probe
// needs it, its SONAME. `relocation`: arch::Native::kGlobDat or kTlsPlace. `resolver`: what is
// called when all is answered, of a probe that needs the library; 0 for one that does not.
Probe build_probe(Arena& arena, std::string_view library, std::span<const Question> questions,
                  std::uint32_t relocation, elf::Addr resolver);

}  // namespace bulkhead::image
