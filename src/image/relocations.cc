#include "image/relocations.h"

#include <cstring>

namespace bulkhead::image {

using elf::Addr;
using elf::Record;

Relocations::Relocations(Builder& builder, std::size_t count)
    : builder_(builder),
      count_(count),
      at_(builder.reserve(count * sizeof(Record), alignof(Record))),
      next_(at_) {}

void Relocations::name() {
  builder_.dynamic(elf::kRecordsTag, at_);
  builder_.dynamic(elf::kRecordsSizeTag, count_ * sizeof(Record));
  builder_.dynamic(elf::kRecordSizeTag, sizeof(Record));
}

void Relocations::name_as_lazy() {
  builder_.dynamic(DT_JMPREL, at_);
  builder_.dynamic(DT_PLTRELSZ, count_ * sizeof(Record));
  builder_.dynamic(DT_PLTREL, elf::kRecordsTag);
}

Addr Relocations::add(Addr where, std::uint32_t symbol, std::uint32_t type, Addr addend) {
  Record record = {};
  record.r_offset = where;
  record.r_info = elf::make_relocation_info(symbol, type);
  if constexpr (elf::kHasAddends) {
    record.r_addend = static_cast<decltype(record.r_addend)>(addend);
  } else {
    std::memcpy(builder_.at(where, sizeof addend).data(), &addend, sizeof addend);
  }
  std::memcpy(builder_.at(next_, sizeof record).data(), &record, sizeof record);
  next_ += sizeof record;
  return next_ - sizeof record;
}

}  // namespace bulkhead::image
