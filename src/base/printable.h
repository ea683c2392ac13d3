// Text of strangers on a terminal: names of symbols, of libraries and of files may hold anything.
//
// A terminal takes control characters for commands, and a reader takes what stands behind a newline
// for a line of ours. So do characters that turn the direction of writing. What is printed goes
// through here.
#pragma once

#include <cstddef>
#include <string_view>

namespace bulkhead {

// How many bytes at the start of `text` may be printed as they are: whole characters of UTF-8 that
// are neither control characters nor change lines or directions.
std::size_t printable_size(std::string_view text);

// What is printed in place of a byte that is not: "\x1b". Four characters.
std::string_view escape_of(char byte);

// Calls `put(std::string_view)` with what is to be printed of a text, piece by piece.
template <class Put>
void for_each_printable(std::string_view text, Put put) {
  while (!text.empty()) {
    if (const std::size_t size = printable_size(text); size != 0) {
      put(std::string_view(text.data(), size));
      text.remove_prefix(size);
      continue;
    }
    put(escape_of(text.front()));
    text.remove_prefix(1);
  }
}

}  // namespace bulkhead
