#include "elf/name_index.h"

namespace bulkhead::elf {

NameIndex::NameIndex(Arena& arena, std::span<const Object* const> objects) {
  std::size_t names = 0;
  for (const Object* object : objects) {
    if (object == nullptr || object->symbols.gnu() == nullptr) return;
    names += object->symbols.gnu()->chains.size();
  }
  if (objects.size() >= kObjectMask) return;
  // A third or more stays free, or it would take long to find out that a name is not there.
  unsigned bits = 6;
  while ((std::size_t{1} << bits) < names + names / 2) ++bits;
  if (bits > 31) return;
  shift_ = 32 - bits;
  slots_ = arena.array<std::uint32_t>(std::size_t{1} << bits);
  std::uint32_t number = 0;
  for (const Object* object : objects) {
    ++number;
    for (std::uint32_t hash : object->symbols.gnu()->chains) {
      std::size_t at = start(hash);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = tag(hash) | number;
    }
  }
}

}  // namespace bulkhead::elf
