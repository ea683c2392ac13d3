#include "base/mappings.h"

namespace bulkhead {
namespace {

bool parse_hexadecimal(std::string_view text, std::uint64_t& value) {
  value = 0;
  for (char c : text) {
    bool digit = '0' <= c && c <= '9';
    if (!digit && (c < 'a' || 'f' < c)) return false;
    value = value << 4U | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return !text.empty();
}

}  // namespace

// BEGIN-END PERMISSIONS OFFSET DEVICE INODE NAME
bool parse_mapping(std::string_view line, Mapping& mapping) {
  std::string_view range = split_off(line, ' ');
  if (!parse_hexadecimal(split_off(range, '-'), mapping.begin)) return false;
  if (!parse_hexadecimal(range, mapping.end)) return false;
  for (int i = 0; i < 4; ++i) split_off(line, ' ');
  mapping.name = trimmed(line);
  return true;
}

}  // namespace bulkhead
