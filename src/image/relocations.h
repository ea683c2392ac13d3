// The relocations of a generated image, as this processor's ld.so reads them: records with an
// addend (DT_RELA), or without one, which then is in the word that is relocated (DT_REL).
#pragma once

#include <cstddef>
#include <cstdint>

#include "elf/types.h"
#include "image/builder.h"

namespace bulkhead::image {

class Relocations {
 public:
  // Room for exactly `count` records in the image's current segment, which is to be read-only. The
  // builder must outlive this object.
  Relocations(Builder& builder, std::size_t count);

  // Names the table in the dynamic section.
  void name();
  // As those of function calls, which ld.so may leave until a function is called.
  void name_as_lazy();

  // ld.so relocates the word at `where`, which is laid out and lies in a writable segment, not in
  // its zeroed end: with the symbol of that index, 0 for none. `type`: of arch::Native.
  // Returns the vaddr of the record.
  elf::Addr add(elf::Addr where, std::uint32_t symbol, std::uint32_t type, elf::Addr addend = 0);

 private:
  Builder& builder_;
  std::size_t count_;
  elf::Addr at_;
  elf::Addr next_;
};

}  // namespace bulkhead::image
