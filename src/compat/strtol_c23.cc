// strtol and its kin with the binary constants of C23 (glibc 2.38).
//
// C23 7.24.1.7: with base 0 or 2 the subject may begin with "0b" or "0B", if a binary digit
// follows; "0b" alone is the number 0 followed by the text "b". All else is as before, so all
// else is the base's own function, locale, rounding of ERANGE and all. Programs are compiled to
// call __isoc23_strtol instead of strtol when they ask for C23 or for _GNU_SOURCE.
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <wchar.h>

#include <limits>
#include <type_traits>

#include "provide.h"

// Declared here, not by headers: those may redirect to __isoc23_*, and make macros of isspace that
// look into the locale's tables.
extern "C" {
int isspace(int) noexcept;
int isspace_l(int, locale_t) noexcept;
int iswspace(wint_t) noexcept;
int iswspace_l(wint_t, locale_t) noexcept;
long from_base_strtol(const char*, char**, int) __asm__("strtol");
unsigned long from_base_strtoul(const char*, char**, int) __asm__("strtoul");
long from_base_strtol_l(const char*, char**, int, locale_t) __asm__("strtol_l");
unsigned long from_base_strtoul_l(const char*, char**, int, locale_t) __asm__("strtoul_l");
long from_base_wcstol(const wchar_t*, wchar_t**, int) __asm__("wcstol");
unsigned long from_base_wcstoul(const wchar_t*, wchar_t**, int) __asm__("wcstoul");
long from_base_wcstol_l(const wchar_t*, wchar_t**, int, locale_t) __asm__("wcstol_l");
unsigned long from_base_wcstoul_l(const wchar_t*, wchar_t**, int, locale_t) __asm__("wcstoul_l");
}

// The long forms serve long long and intmax_t too.
static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(intmax_t));

namespace {

bool is_blank(char c, locale_t in) {
  const auto byte = static_cast<unsigned char>(c);
  return in != nullptr ? isspace_l(byte, in) != 0 : isspace(byte) != 0;
}

bool is_blank(wchar_t c, locale_t in) {
  const auto wide = static_cast<wint_t>(c);
  return in != nullptr ? iswspace_l(wide, in) != 0 : iswspace(wide) != 0;
}

template <class Char>
bool is_binary_digit(Char c) {
  return c == Char('0') || c == Char('1');
}

template <class Char>
struct Binary {
  const Char* digits = nullptr;  // null: there is no binary constant here
  bool negative = false;
};

template <class Char>
Binary<Char> binary_constant(const Char* text, int base, locale_t in) {
  if (base != 0 && base != 2) return {};
  while (is_blank(*text, in)) ++text;
  const bool negative = *text == Char('-');
  if (negative || *text == Char('+')) ++text;
  if (text[0] != Char('0') || (text[1] != Char('b') && text[1] != Char('B'))) return {};
  return is_binary_digit(text[2]) ? Binary<Char>{text + 2, negative} : Binary<Char>{};
}

// The value of the digits, and the end in `end` if it is not null.
// Out of range: errno is ERANGE and the value the nearest one, as 7.24.1.7 has it; the sign is
// applied to an unsigned result in its own type.
template <class Int, class Char>
Int value_of(Binary<Char> constant, Char** end) {
  using Magnitude = std::make_unsigned_t<Int>;
  constexpr Magnitude top_bit = Magnitude(1) << (std::numeric_limits<Magnitude>::digits - 1);
  Magnitude magnitude = 0;
  bool overflow = false;
  const Char* at = constant.digits;
  for (; is_binary_digit(*at); ++at) {
    overflow |= (magnitude & top_bit) != 0;
    magnitude = Magnitude(magnitude << 1) | Magnitude(*at - Char('0'));
  }
  if (end != nullptr) *end = const_cast<Char*>(at);

  if constexpr (std::is_signed_v<Int>)
    overflow |= magnitude > top_bit - (constant.negative ? 0 : 1);
  if (overflow) {
    errno = ERANGE;
    return std::is_signed_v<Int> && constant.negative ? std::numeric_limits<Int>::min()
                                                      : std::numeric_limits<Int>::max();
  }
  return static_cast<Int>(constant.negative ? Magnitude(0) - magnitude : magnitude);
}

}  // namespace

#define PARSER(result, name, Char, from_base)                                               \
  PROVIDE(result, name, const Char* text, Char** end, int base) {                           \
    const Binary<Char> constant = binary_constant(text, base, locale_t(nullptr));           \
    if (constant.digits == nullptr) return static_cast<result>(from_base(text, end, base)); \
    return value_of<result>(constant, end);                                                 \
  }

#define PARSER_IN(result, name, Char, from_base)                                                \
  PROVIDE(result, name, const Char* text, Char** end, int base, locale_t in) {                  \
    const Binary<Char> constant = binary_constant(text, base, in);                              \
    if (constant.digits == nullptr) return static_cast<result>(from_base(text, end, base, in)); \
    return value_of<result>(constant, end);                                                     \
  }

PARSER(long, __isoc23_strtol, char, from_base_strtol)
PARSER(long long, __isoc23_strtoll, char, from_base_strtol)
PARSER(intmax_t, __isoc23_strtoimax, char, from_base_strtol)
PARSER(unsigned long, __isoc23_strtoul, char, from_base_strtoul)
PARSER(unsigned long long, __isoc23_strtoull, char, from_base_strtoul)
PARSER(uintmax_t, __isoc23_strtoumax, char, from_base_strtoul)
PARSER_IN(long, __isoc23_strtol_l, char, from_base_strtol_l)
PARSER_IN(long long, __isoc23_strtoll_l, char, from_base_strtol_l)
PARSER_IN(unsigned long, __isoc23_strtoul_l, char, from_base_strtoul_l)
PARSER_IN(unsigned long long, __isoc23_strtoull_l, char, from_base_strtoul_l)

PARSER(long, __isoc23_wcstol, wchar_t, from_base_wcstol)
PARSER(long long, __isoc23_wcstoll, wchar_t, from_base_wcstol)
PARSER(intmax_t, __isoc23_wcstoimax, wchar_t, from_base_wcstol)
PARSER(unsigned long, __isoc23_wcstoul, wchar_t, from_base_wcstoul)
PARSER(unsigned long long, __isoc23_wcstoull, wchar_t, from_base_wcstoul)
PARSER(uintmax_t, __isoc23_wcstoumax, wchar_t, from_base_wcstoul)
PARSER_IN(long, __isoc23_wcstol_l, wchar_t, from_base_wcstol_l)
PARSER_IN(long long, __isoc23_wcstoll_l, wchar_t, from_base_wcstol_l)
PARSER_IN(unsigned long, __isoc23_wcstoul_l, wchar_t, from_base_wcstoul_l)
PARSER_IN(unsigned long long, __isoc23_wcstoull_l, wchar_t, from_base_wcstoul_l)
