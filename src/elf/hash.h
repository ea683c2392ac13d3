// The hash functions of symbol tables and version records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead::elf {

// DT_GNU_HASH's function.
constexpr std::uint32_t gnu_hash(std::string_view name) {
  constexpr std::uint32_t kFactor = 33;
  std::uint32_t hash = 5381;
  std::size_t i = 0;
  auto at = [&](std::size_t index) -> std::uint32_t {
    return static_cast<unsigned char>(name[index]);
  };
  // Two steps at once take little longer than one.
  for (; i + 1 < name.size(); i += 2) {
    hash = hash * (kFactor * kFactor) + at(i) * kFactor + at(i + 1);
  }
  return i < name.size() ? hash * kFactor + at(i) : hash;
}

// DT_HASH's, also used for version names (System V ABI, "Hash Table").
constexpr std::uint32_t sysv_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (char c : name) {
    hash = (hash << 4) + static_cast<unsigned char>(c);
    std::uint32_t top = hash & 0xf0000000;
    hash ^= top >> 24;
    hash &= ~top;
  }
  return hash;
}

}  // namespace bulkhead::elf
