// The hash functions of symbol tables and version records, and names with their hashes.
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

// A name that is looked for. Its hashes are computed when a table first asks for them, and kept: a
// name is looked up in many tables. Not to be shared by threads.
class SymbolName {
 public:
  constexpr SymbolName(std::string_view text) : text_(text) {}  // NOLINT: it is a text
  constexpr SymbolName(const char* text) : text_(text) {}       // NOLINT
  // `gnu_hash`: of the text, computed by the compiler for example.
  constexpr SymbolName(std::string_view text, std::uint32_t gnu_hash)
      : text_(text), gnu_hash_(gnu_hash) {}

  std::string_view text() const { return text_; }
  std::uint32_t gnu_hash() const {
    if (gnu_hash_ == kUnknown) gnu_hash_ = elf::gnu_hash(text_);
    return gnu_hash_;
  }
  std::uint32_t sysv_hash() const {
    if (sysv_hash_ == kUnknown) sysv_hash_ = elf::sysv_hash(text_);
    return sysv_hash_;
  }

 private:
  // Hardly any name's hash; one that has it is computed again.
  static constexpr std::uint32_t kUnknown = 0;

  std::string_view text_;
  mutable std::uint32_t gnu_hash_ = kUnknown;
  mutable std::uint32_t sysv_hash_ = kUnknown;
};

}  // namespace bulkhead::elf
