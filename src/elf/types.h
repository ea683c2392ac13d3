// The structures of ELF in the class that is built for, and what differs by class between them.
//
// Nothing else in the project names a class: 32-bit and 64-bit programs are served by the same
// source, compiled twice. Facts: System V ABI, chapters 4 and 5; <elf.h>.
#pragma once

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <type_traits>

#include "arch/machine.h"

namespace bulkhead::elf {

using Addr = ElfW(Addr);
using Half = ElfW(Half);
using Word = ElfW(Word);
using Ehdr = ElfW(Ehdr);
using Phdr = ElfW(Phdr);
using Shdr = ElfW(Shdr);
using Dyn = ElfW(Dyn);
using Sym = ElfW(Sym);
using Rel = ElfW(Rel);
using Rela = ElfW(Rela);
using Relr = ElfW(Addr);
using Nhdr = ElfW(Nhdr);
using Verdef = ElfW(Verdef);
using Verdaux = ElfW(Verdaux);
using Verneed = ElfW(Verneed);
using Vernaux = ElfW(Vernaux);
using Versym = ElfW(Versym);

inline constexpr bool kIs64Bit = sizeof(Addr) == 8;
inline constexpr unsigned char kClass = kIs64Bit ? ELFCLASS64 : ELFCLASS32;
inline constexpr unsigned char kByteOrder =
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;

// The records of relocations that this processor's ABI has, and the tags of their table.
inline constexpr bool kHasAddends = arch::Native::kRelocationsHaveAddends;
using Record = std::conditional_t<kHasAddends, Rela, Rel>;
inline constexpr Addr kRecordsTag = kHasAddends ? DT_RELA : DT_REL;
inline constexpr Addr kRecordsSizeTag = kHasAddends ? DT_RELASZ : DT_RELSZ;
inline constexpr Addr kRelativeCountTag = kHasAddends ? DT_RELACOUNT : DT_RELCOUNT;
inline constexpr Addr kRecordSizeTag = kHasAddends ? DT_RELAENT : DT_RELENT;

// A symbol as a file names it, in a relocation: a number that nobody has compared with a table yet.
// SymbolTable::index makes an index of it.
enum class SymbolNumber : std::uint32_t { none = 0 };

// r_info: a symbol's index and a type of relocation in one word, of which the type has the lower
// half, or of a 32-bit word a byte.
inline constexpr unsigned kTypeBits = kIs64Bit ? 32 : 8;

constexpr std::uint32_t relocation_type(Addr info) {
  return static_cast<std::uint32_t>(info & ((Addr{1} << kTypeBits) - 1));
}
constexpr std::uint32_t relocation_symbol(Addr info) {
  return static_cast<std::uint32_t>(info >> kTypeBits);
}
constexpr Addr make_relocation_info(std::uint32_t symbol, std::uint32_t type) {
  return (static_cast<Addr>(symbol) << kTypeBits) | type;
}

constexpr unsigned symbol_type(const Sym& symbol) { return symbol.st_info & 0xfU; }
constexpr unsigned symbol_binding(const Sym& symbol) { return symbol.st_info >> 4U; }
constexpr unsigned symbol_visibility(const Sym& symbol) { return symbol.st_other & 3U; }
constexpr unsigned char make_symbol_info(unsigned binding, unsigned type) {
  return static_cast<unsigned char>((binding << 4U) | (type & 0xfU));
}

}  // namespace bulkhead::elf
