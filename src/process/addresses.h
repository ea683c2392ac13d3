// Which addresses the symbols of a base library really have for the base's other
// libraries: its own definitions, unless something earlier in the base's scope
// interposes them (a malloc of LD_PRELOAD, data that the program copied into itself).
#pragma once

#include <span>

#include "arch/machine.h"
#include "base/arena.h"
#include "elf/object.h"
#include "image/absolute_symbols.h"
#include "image/probe.h"
#include "process/modules.h"

namespace bulkhead::process {

// What ld.so binds references of a library in the namespace of `among` to: see image/probe.h.
// `name` is the library's that defines them, as ld.so knows it. `mode`: RTLD_DEEPBIND for that
// library's own definitions, whatever comes before it; else 0. No constructors are run: what is
// asked about may not have had its turn. Calls ld.so.
Result<std::span<const elf::Addr>> ask(Arena& arena, link_map* among, std::string_view name,
                                       std::span<const image::Question> questions,
                                       std::uint32_t relocation, int mode = 0);

// Where a loaded library, of that load bias, itself defines a symbol, which for an IFUNC its
// resolver says; 0 if it has no address to give (not exported, thread-local, a mark of old
// binutils).
inline elf::Addr address_of(const elf::Sym& symbol, elf::Addr bias) {
  if (image::AbsoluteSymbols::is_usual(symbol)) return bias + symbol.st_value;
  unsigned type = elf::symbol_type(symbol);
  if (!elf::is_exported(symbol) || type == STT_TLS) return 0;
  if (symbol.st_shndx == SHN_ABS) return symbol.st_value;
  elf::Addr address = bias + symbol.st_value;
  return type == STT_GNU_IFUNC ? arch::Native::resolve_ifunc(address) : address;
}

inline elf::Addr address_in(const elf::Object& library, const elf::Sym& symbol) {
  return address_of(symbol, library.image.bias());
}

// The symbols of `library` with the addresses that they have for others (0: none to give, as for
// thread-locals).
// `earlier`: the objects of the base that precede it in ld.so's order, the program first.
// `wanted`: whether a symbol's is asked for; empty: all are.
// Asks ld.so itself (through a probe: an image with one GOT entry a symbol) for the
// names that an earlier object also defines; computes the others.
Result<image::AbsoluteSymbols> addresses_of(Arena& arena, const elf::Object& library,
                                            std::span<const elf::Object* const> earlier,
                                            std::span<const bool> wanted = {});

}  // namespace bulkhead::process
