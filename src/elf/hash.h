// The hash functions of symbol tables and version records.
#pragma once

#include <cstdint>
#include <string_view>

namespace bulkhead::elf {

// DT_GNU_HASH's function.
constexpr std::uint32_t gnu_hash(std::string_view name) {
  std::uint32_t hash = 5381;
  for (char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
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
