// mbrtoc8 and c8rtomb (C23 7.30.1; glibc 2.36): between the locale's bytes and UTF-8, a byte at a
// time, by way of the base's mbrtowc and wcrtomb (a wchar_t is a code point in glibc).
//
// What is pending lives in the mbstate_t, as it must. While something is, the state is laid out as
// below, with a mark in a byte that the base's conversions leave zero (they count in the low bits
// of the first word); the base sees the state only when nothing is pending.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "provide.h"

namespace {

// The eight bytes of a mbstate_t while this file has something pending in it.
struct Pending {
  uint8_t left;  // bytes that are still to come (c8rtomb) or to be given out (mbrtoc8)
  uint8_t low;   // c8rtomb: the range that the next byte must be in
  uint8_t high;
  uint8_t marked;  // 0xC8: this is ours
  uint32_t bits;   // c8rtomb: the code point so far; mbrtoc8: the bytes, the next one lowest
};
static_assert(sizeof(Pending) == sizeof(mbstate_t));

constexpr uint8_t mark = 0xC8;
constexpr auto illegal = static_cast<size_t>(-1);
constexpr auto from_pending = static_cast<size_t>(-3);

Pending read(const mbstate_t* state) {
  Pending pending;
  memcpy(&pending, state, sizeof pending);
  return pending.marked == mark ? pending : Pending{};
}

void keep(mbstate_t* state, const Pending& pending) { memcpy(state, &pending, sizeof pending); }
void clear(mbstate_t* state) { memset(state, 0, sizeof *state); }

size_t refuse(mbstate_t* state) {
  clear(state);
  errno = EILSEQ;
  return illegal;
}

// The state behind a null pointer, which ISO C wants each function to have.
mbstate_t own_mbrtoc8_state, own_c8rtomb_state;

}  // namespace

PROVIDE(size_t, mbrtoc8, unsigned char* to, const char* from, size_t size, mbstate_t* state) {
  if (state == nullptr) state = &own_mbrtoc8_state;
  Pending pending = read(state);
  if (pending.marked == mark) {
    if (to != nullptr) *to = uint8_t(pending.bits);
    pending.bits >>= 8;
    if (--pending.left != 0)
      keep(state, pending);
    else
      clear(state);
    return from_pending;
  }

  const bool reset = from == nullptr;
  if (reset) to = nullptr, from = "", size = 1;
  wchar_t wide = 0;
  const size_t taken = mbrtowc(&wide, from, size, state);
  if (taken > size) return taken;  // incomplete or illegal: mbrtowc has said and kept all
  const auto point = uint32_t(wide);
  if (point < 0x80) {
    if (to != nullptr) *to = uint8_t(point);
    return taken;
  }
  const unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr uint8_t lead[] = {0x00, 0xC0, 0xE0, 0xF0};
  if (to != nullptr) *to = uint8_t(lead[more] | point >> (6 * more));
  pending = {uint8_t(more), 0, 0, mark, 0};
  for (unsigned i = 0; i < more; ++i)
    pending.bits |= (0x80 | (point >> (6 * (more - 1 - i)) & 0x3F)) << (8 * i);
  keep(state, pending);
  return taken;
}

// Bytes that cannot begin or continue well-formed UTF-8 (Unicode, table 3-7) are refused at once.
PROVIDE(size_t, c8rtomb, char* to, unsigned char byte, mbstate_t* state) {
  if (state == nullptr) state = &own_c8rtomb_state;
  char scratch[16];  // MB_LEN_MAX of glibc
  if (to == nullptr) {
    clear(state);
    return wcrtomb(scratch, L'\0', state);
  }
  Pending pending = read(state);
  if (pending.marked == mark) {
    if (byte < pending.low || byte > pending.high) return refuse(state);
    pending.bits = pending.bits << 6 | (byte & 0x3F);
    pending.low = 0x80;
    pending.high = 0xBF;
    if (--pending.left != 0) {
      keep(state, pending);
      return 0;
    }
    clear(state);
    return wcrtomb(to, wchar_t(pending.bits), state);
  }
  if (byte < 0x80) return wcrtomb(to, wchar_t(byte), state);
  if (byte < 0xC2 || byte > 0xF4) return refuse(state);
  // The second byte: E0 and F0 must not be followed by what would be an overlong form, ED not by a
  // surrogate, F4 not by what is beyond U+10FFFF.
  const uint8_t low = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
  const uint8_t more = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  keep(state, {more, low, high, mark, uint32_t(byte & (0x3F >> more))});
  return 0;
}
