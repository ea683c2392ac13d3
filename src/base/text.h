// Text without a heap and without exceptions.
//
// std::string_view::substr throws and so drags libstdc++ into the product; these
// clamp instead.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/arena.h"

namespace bulkhead {

inline std::string_view drop(std::string_view text, std::size_t count) {
  if (count > text.size()) count = text.size();
  return {text.data() + count, text.size() - count};
}

inline std::string_view take(std::string_view text, std::size_t count) {
  return {text.data(), count < text.size() ? count : text.size()};
}

// The text up to the first `separator`, which is removed from `rest` with it.
std::string_view split_off(std::string_view& rest, char separator);

// Without blanks, tabs and line ends at either end.
std::string_view trimmed(std::string_view text);

// Everything before the last '/'; "/" for a file in the root, "." without any.
std::string_view directory_of(std::string_view path);

// Everything after the last '/'.
std::string_view file_name_of(std::string_view path);

// Whether `text` is what a shell's pattern of * and ? means; * stands for slashes, too.
bool fits_pattern(std::string_view pattern, std::string_view text);

// A decimal number filling all of `text`; false on anything else or on overflow.
bool parse_number(std::string_view text, std::uint64_t& value);

// The pieces one after another, NUL-terminated, in `arena`.
std::string_view join(Arena& arena, std::initializer_list<std::string_view> pieces);

// `value` in decimal or hexadecimal (with 0x), in `arena`.
std::string_view decimal(Arena& arena, std::uint64_t value);
std::string_view hexadecimal(Arena& arena, std::uint64_t value);

// `a/b` with exactly one slash between.
std::string_view join_path(Arena& arena, std::string_view directory, std::string_view name);

}  // namespace bulkhead
