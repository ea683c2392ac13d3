#include "base/text.h"

#include <cstring>

namespace bulkhead {

std::string_view split_off(std::string_view& rest, char separator) {
  std::size_t at = rest.find(separator);
  std::string_view head = take(rest, at);
  rest = at == std::string_view::npos ? std::string_view{} : drop(rest, at + 1);
  return head;
}

std::string_view trimmed(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view directory_of(std::string_view path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? std::string_view{"/"} : take(path, slash);
}

std::string_view file_name_of(std::string_view path) {
  std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : drop(path, slash + 1);
}

// fnmatch(3) asks the locale. After a mismatch the last * takes one character more; an earlier one
// never has to.
bool fits_pattern(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0, t = 0, star = kNone, star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool parse_number(std::string_view text, std::uint64_t& value) {
  if (text.empty()) return false;
  std::uint64_t number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    if (__builtin_mul_overflow(number, std::uint64_t{10}, &number)) return false;
    if (__builtin_add_overflow(number, static_cast<std::uint64_t>(c - '0'), &number)) return false;
  }
  value = number;
  return true;
}

std::string_view join(Arena& arena, std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (std::string_view piece : pieces) size += piece.size();
  auto* memory = static_cast<char*>(arena.allocate(size + 1, 1));
  char* end = memory;
  for (std::string_view piece : pieces) {
    if (!piece.empty()) std::memcpy(end, piece.data(), piece.size());
    end += piece.size();
  }
  return {memory, size};
}

namespace {

std::string_view in_base(Arena& arena, std::uint64_t value, unsigned radix,
                         std::string_view prefix) {
  char digits[24];
  char* end = digits + sizeof digits;
  char* first = end;
  do {
    *--first = "0123456789abcdef"[value % radix];
    value /= radix;
  } while (value != 0);
  return join(arena, {prefix, {first, static_cast<std::size_t>(end - first)}});
}

}  // namespace

std::string_view decimal(Arena& arena, std::uint64_t value) {
  return in_base(arena, value, 10, "");
}

std::string_view hexadecimal(Arena& arena, std::uint64_t value) {
  return in_base(arena, value, 16, "0x");
}

std::string_view join_path(Arena& arena, std::string_view directory, std::string_view name) {
  while (!directory.empty() && directory.back() == '/') directory.remove_suffix(1);
  while (!name.empty() && name.front() == '/') name.remove_prefix(1);
  return join(arena, {directory, "/", name});
}

}  // namespace bulkhead
