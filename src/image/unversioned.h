// The tables of a small image whose symbols have no versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "elf/symbols.h"
#include "image/builder.h"

namespace bulkhead::image {

// For exactly `count` symbols.
class Unversioned {
 public:
  Unversioned(Arena& arena, std::string_view soname, std::size_t count);

  // Valid until write(); the caller fills it in.
  elf::Sym& add(std::string_view name);
  // The offset of a text in the string table, for what the image has besides.
  elf::Word text(std::string_view text) { return static_cast<elf::Word>(strings_.add(text)); }
  std::size_t size() const { return symbols_.size_bytes() + strings_.bytes().size(); }

  // Appends them to the image's read-only segment, with DT_SONAME. The vaddr of the symbol table,
  // where the added ones follow the null symbol.
  elf::Addr write(Builder& builder);

 private:
  StringTable strings_;
  elf::Addr soname_;
  std::span<elf::Sym> symbols_;
  std::span<std::uint32_t> hash_;
  std::uint32_t added_ = 0;
};

}  // namespace bulkhead::image
