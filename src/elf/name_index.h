// Which of many objects have a name: one table in place of theirs, for who looks up thousands of
// names that most of the objects do not have.
//
// It goes by DT_GNU_HASH's hashes alone, so it may name an object that has no such symbol, or has
// it hidden; it leaves none out. The objects have to live as long.
#pragma once

#include <cstdint>
#include <span>

#include "base/arena.h"
#include "elf/object.h"

namespace bulkhead::elf {

class NameIndex {
 public:
  // Knows nothing, which is no answer: see is_complete.
  NameIndex() = default;
  NameIndex(Arena& arena, std::span<const Object* const> objects);

  // False if there is an object without such a table, or there are too many: then each has to be
  // asked.
  bool is_complete() const { return !slots_.empty(); }

  // Calls `visit(number)` for each object that may have a name of that hash, in their order, until
  // it returns true.
  template <class Visit>
  void for_each(std::uint32_t hash, Visit visit) const {
    std::size_t last = SIZE_MAX;
    for (std::size_t at = start(hash); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
      if ((slots_[at] ^ tag(hash)) >> kObjectBits != 0) continue;
      const std::size_t object = (slots_[at] & kObjectMask) - 1;
      if (object != last && visit(object)) return;
      last = object;
    }
  }

 private:
  // A slot is a number from 1 on, and above it bits of the hash; 0: it is free. What comes later
  // with the same hash lies behind what came before.
  static constexpr unsigned kObjectBits = 12;
  static constexpr std::uint32_t kObjectMask = (1U << kObjectBits) - 1;

  // The lowest bit of a hash is not in the tables.
  static std::uint32_t tag(std::uint32_t hash) { return (hash >> 1U) << kObjectBits; }
  std::size_t start(std::uint32_t hash) const {
    return ((hash >> 1U) * 0x9e3779b1U) >> shift_;  // Knuth's multiplicative hashing
  }

  std::span<std::uint32_t> slots_;  // a power of two
  unsigned shift_ = 0;
};

}  // namespace bulkhead::elf
