// A library's symbols as its mirror has them: each with the address of a definition.
//
// There are thousands, and every start makes those of libc. So they are made once, where the
// image's file is written from, and whoever leads some elsewhere does it there.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/arena.h"
#include "elf/symbols.h"

namespace bulkhead::image {

class AbsoluteSymbols {
 public:
  AbsoluteSymbols() = default;
  // One for each symbol of that table, which has to stay; none has an address, nor a name.
  AbsoluteSymbols(Arena& arena, std::span<const elf::Sym> originals)
      : originals_(originals), symbols_(arena.array<elf::Sym>(originals.size())) {}

  // 0: what has no address to give is found by no reference, as if it were not there.
  elf::Addr operator[](std::size_t index) const { return symbols_[index].st_value; }
  void set(std::size_t index, elf::Addr address) const;
  // For all from `first` on: those that are usual are that far away from where the table says, and
  // `address_of(symbol)` is asked for the others.
  template <class AddressOf>
  void set_all(std::size_t first, elf::Addr distance, AddressOf address_of) const;
  // Nearly all of a library's: global or weak, for all to be bound to, and in the library.
  static bool is_usual(const elf::Sym& symbol);

  std::span<elf::Sym> view() const { return symbols_; }
  std::size_t size() const { return symbols_.size(); }

 private:
  // The st_info of an absolute symbol, by that in the library: variables and functions, global and
  // weak.
  static constexpr std::array<unsigned char, 256> kInfo = [] {
    std::array<unsigned char, 256> table = {};
    for (unsigned info = 0; info < table.size(); ++info) {
      unsigned type = (info & 0xfU) == STT_OBJECT ? STT_OBJECT : STT_FUNC;
      unsigned binding = info >> 4U == STB_WEAK ? STB_WEAK : STB_GLOBAL;
      table[info] = elf::make_symbol_info(binding, type);
    }
    return table;
  }();

  std::span<const elf::Sym> originals_;
  std::span<elf::Sym> symbols_;
};

inline void AbsoluteSymbols::set(std::size_t index, elf::Addr address) const {
  elf::Sym& symbol = symbols_[index];
  symbol = originals_[index];
  if (address == 0) {
    symbol = {.st_name = symbol.st_name};
    return;
  }
  symbol.st_info = kInfo[symbol.st_info];
  symbol.st_shndx = SHN_ABS;
  symbol.st_value = address;
}

inline bool AbsoluteSymbols::is_usual(const elf::Sym& symbol) {
  // Types 1 and 2, bindings 1 and 2: see elf.h.
  static_assert(STT_OBJECT == 1 && STT_FUNC == 2 && STB_GLOBAL == 1 && STB_WEAK == 2);
  constexpr std::uint64_t kUsual = std::uint64_t{1} << 0x11U | std::uint64_t{1} << 0x12U |
                                   std::uint64_t{1} << 0x21U | std::uint64_t{1} << 0x22U;
  // Each with one comparison: numbers are unsigned.
  const unsigned kind = symbol.st_info | static_cast<unsigned>(symbol.st_other) << 8U;
  return kind < 64 && (kUsual >> kind & 1U) != 0 && symbol.st_shndx - 1U < SHN_LORESERVE - 1U &&
         symbol.st_value != 0;
}

template <class AddressOf>
void AbsoluteSymbols::set_all(std::size_t first, elf::Addr distance, AddressOf address_of) const {
  const elf::Sym* original = originals_.data();
  elf::Sym* symbols = symbols_.data();
  const std::size_t count = originals_.size();
  for (std::size_t i = first; i < count; ++i) {
    if (is_usual(original[i])) [[likely]] {
      symbols[i] = original[i];
      symbols[i].st_shndx = SHN_ABS;
      symbols[i].st_value = original[i].st_value + distance;
    } else {
      set(i, address_of(original[i]));
    }
  }
}

}  // namespace bulkhead::image
