#include "base/printable.h"

#include <array>
#include <cstdint>

namespace bulkhead {
namespace {

// The first character of a text: its bytes, 0 if they are no UTF-8 (RFC 3629), and its number.
struct Character {
  std::size_t size = 0;
  std::uint32_t number = 0;
};

Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, lead};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  std::uint32_t number = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80) return {};
    number = number << 6U | (byte & 0x3fU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = number >= 0xd800 && number < 0xe000;
  if (number < kLeast[size] || surrogate || number > 0x10ffff) return {};
  return {size, number};
}

bool may_be_printed(std::uint32_t number) {
  if (number < 0x20 || (number >= 0x7f && number < 0xa0)) return false;  // C0, DEL, C1
  if (number == 0x2028 || number == 0x2029) return false;  // ends of lines and paragraphs
  // Marks of direction, by which a line can be made to read as another one.
  const bool direction = (number >= 0x202a && number <= 0x202e) ||
                         (number >= 0x2066 && number <= 0x2069) || number == 0x200e ||
                         number == 0x200f || number == 0x61c;
  return !direction;
}

constexpr std::array<char[4], 256> kEscapes = [] {
  std::array<char[4], 256> table = {};
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i][0] = '\\';
    table[i][1] = 'x';
    table[i][2] = kDigits[i / 16];
    table[i][3] = kDigits[i % 16];
  }
  return table;
}();

}  // namespace

std::size_t printable_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    // Nearly all is plain ASCII.
    const auto byte = static_cast<unsigned char>(text[size]);
    if (byte >= 0x20 && byte < 0x7f) {
      ++size;
      continue;
    }
    const Character character = first_of({text.data() + size, text.size() - size});
    if (character.size == 0 || !may_be_printed(character.number)) break;
    size += character.size;
  }
  return size;
}

std::string_view escape_of(char byte) { return {kEscapes[static_cast<unsigned char>(byte)], 4}; }

}  // namespace bulkhead
