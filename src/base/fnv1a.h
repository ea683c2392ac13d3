// FNV-1a, 64 bits: short names for long texts (http://www.isthe.com/chongo/tech/comp/fnv). Whoever
// needs to know that two texts are the same compares them. Calls nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace bulkhead {

class Fnv1a {
 public:
  constexpr void add(char letter) {
    value_ = (value_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
  }
  constexpr void add(std::string_view text) {
    for (char letter : text) add(letter);
  }
  constexpr std::uint64_t sum() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace bulkhead
