// strlcpy, strlcat, their wide forms and the checked entry points of _FORTIFY_SOURCE (glibc 2.38).
//
// POSIX.1-2024: the result is the length the copy wanted; what is written is always terminated if
// the size is not 0. strlcat on a destination without a terminator within `size` changes nothing.
#include <stddef.h>
#include <string.h>
#include <wchar.h>

#include "provide.h"

extern "C" [[noreturn]] void __chk_fail();

namespace {

size_t length(const char* text) { return strlen(text); }
size_t length(const wchar_t* text) { return wcslen(text); }
size_t length_within(const char* text, size_t limit) { return strnlen(text, limit); }
size_t length_within(const wchar_t* text, size_t limit) { return wcsnlen(text, limit); }

template <class Char>
size_t copy(Char* to, const Char* from, size_t size) {
  const size_t wanted = length(from);
  if (size != 0) {
    const size_t kept = wanted < size ? wanted : size - 1;
    memcpy(to, from, kept * sizeof(Char));
    to[kept] = Char(0);
  }
  return wanted;
}

template <class Char>
size_t append(Char* to, const Char* from, size_t size) {
  const size_t used = length_within(to, size);
  return used == size ? size + length(from) : used + copy(to + used, from, size - used);
}

// `room` is what the compiler knows of the destination, counted in characters.
void require(size_t size, size_t room) {
  if (size > room) __chk_fail();
}

}  // namespace

PROVIDE(size_t, strlcpy, char* to, const char* from, size_t size) { return copy(to, from, size); }
PROVIDE(size_t, strlcat, char* to, const char* from, size_t size) { return append(to, from, size); }
PROVIDE(size_t, wcslcpy, wchar_t* to, const wchar_t* from, size_t size) {
  return copy(to, from, size);
}
PROVIDE(size_t, wcslcat, wchar_t* to, const wchar_t* from, size_t size) {
  return append(to, from, size);
}

PROVIDE(size_t, __strlcpy_chk, char* to, const char* from, size_t size, size_t room) {
  require(size, room);
  return copy(to, from, size);
}
PROVIDE(size_t, __strlcat_chk, char* to, const char* from, size_t size, size_t room) {
  require(size, room);
  return append(to, from, size);
}
PROVIDE(size_t, __wcslcpy_chk, wchar_t* to, const wchar_t* from, size_t size, size_t room) {
  require(size, room);
  return copy(to, from, size);
}
PROVIDE(size_t, __wcslcat_chk, wchar_t* to, const wchar_t* from, size_t size, size_t room) {
  require(size, room);
  return append(to, from, size);
}
