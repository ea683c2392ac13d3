// __isoc23_strtol and kin against a parser that reads ISO C23 7.24.1.7 aloud.
#include <cerrno>
#include <cinttypes>
#include <clocale>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <type_traits>

#include "library.h"

using namespace compat_test;

namespace {

struct Answer {
  __int128 value;
  std::ptrdiff_t end;
  bool out_of_range;
};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

// As far as the text says, in 128 bits, saturating far beyond any 64-bit type.
template <class Int>
Answer naive(const std::string& text, int base) {
  std::size_t at = 0;
  while (at < text.size() && std::strchr(" \t\n\v\f\r", text[at]) != nullptr) ++at;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  const auto prefixed = [&](const char* letters, int with) {
    return at + 2 < text.size() && text[at] == '0' &&
           std::strchr(letters, text[at + 1]) != nullptr && digit(text[at + 2]) < with;
  };
  if ((base == 0 || base == 16) && prefixed("xX", 16))
    at += 2, base = 16;
  else if ((base == 0 || base == 2) && prefixed("bB", 2))
    at += 2, base = 2;
  else if (base == 0)
    base = at < text.size() && text[at] == '0' ? 8 : 10;
  const std::size_t first = at;
  unsigned __int128 magnitude = 0;
  for (; at < text.size() && digit(text[at]) < base; ++at)
    if (magnitude >> 100 == 0) magnitude = magnitude * unsigned(base) + unsigned(digit(text[at]));
  if (at == first) return {0, 0, false};
  Answer answer{0, std::ptrdiff_t(at), false};
  if constexpr (std::is_signed_v<Int>) {
    const auto top = static_cast<unsigned __int128>(std::numeric_limits<Int>::max());
    answer.out_of_range = magnitude > top + (negative ? 1 : 0);
    answer.value =
        answer.out_of_range
            ? (negative ? std::numeric_limits<Int>::min() : std::numeric_limits<Int>::max())
            : (negative ? -static_cast<__int128>(magnitude) : static_cast<__int128>(magnitude));
  } else {
    answer.out_of_range = magnitude > std::numeric_limits<Int>::max();
    const auto value = static_cast<Int>(magnitude);
    answer.value = answer.out_of_range ? std::numeric_limits<Int>::max()
                   : negative          ? Int(0) - value
                                       : value;
  }
  return answer;
}

template <class Int>
void expect_like_naive(const char* name, const char* wide_name, const std::string& text, int base) {
  const auto parse = from_c<Int(const char*, char**, int)>(name, "GLIBC_2.38");
  const auto wide_parse = from_c<Int(const wchar_t*, wchar_t**, int)>(wide_name, "GLIBC_2.38");
  const Answer expected = naive<Int>(text, base);

  char* end = nullptr;
  errno = 0;
  const Int value = parse(text.c_str(), &end, base);
  EXPECT_EQ(value, static_cast<Int>(expected.value))
      << name << "(\"" << text << "\", " << base << ")";
  EXPECT_EQ(end - text.c_str(), expected.end) << name << "(\"" << text << "\", " << base << ")";
  EXPECT_EQ(errno == ERANGE, expected.out_of_range)
      << name << "(\"" << text << "\", " << base << ")";

  const std::wstring wide(text.begin(), text.end());
  wchar_t* wide_end = nullptr;
  errno = 0;
  EXPECT_EQ(wide_parse(wide.c_str(), &wide_end, base), value) << wide_name << " \"" << text << "\"";
  EXPECT_EQ(wide_end - wide.c_str(), expected.end) << wide_name << " \"" << text << "\"";
  EXPECT_EQ(errno == ERANGE, expected.out_of_range) << wide_name << " \"" << text << "\"";
}

void expect_all_like_naive(const std::string& text, int base) {
  expect_like_naive<long>("__isoc23_strtol", "__isoc23_wcstol", text, base);
  expect_like_naive<unsigned long>("__isoc23_strtoul", "__isoc23_wcstoul", text, base);
}

}  // namespace

TEST(Strtol, EdgesOfTheBinaryPrefix) {
  const char* const texts[] = {
      "",      "0",     "0b",   "0B",      "0b0", "0b1",    "0B101", "0b2",   "-0b1",
      "+0b1",  "0b-1",  "0b 1", " \t0b11", "b1",  "0bb1",   "0b12",  "0b1b",  "-0b",
      "- 0b1", "0x0b1", "0xb",  "0x",      "0xg", "00b1",   "010",   "0b1_0", "0b1.0",
      "--0b1", "0b1z",  "-0b0", "zz",      "+",   "0b10 1", "9",     "-9",    "1111111"};
  for (const char* text : texts)
    for (const int base : {0, 2, 3, 8, 10, 11, 12, 16, 36}) expect_all_like_naive(text, base);
}

TEST(Strtol, RangeInBinary) {
  const std::string ones63(63, '1'), ones64(64, '1'), zeros63(63, '0'), zeros(200, '0');
  for (const std::string sign : {"", "-", "+"})
    for (const int base : {0, 2})
      for (const std::string& digits :
           {ones63, ones64, "1" + zeros63, "1" + zeros63 + "0", "1" + zeros63.substr(1) + "01",
            zeros + ones63, zeros + ones64, ones64 + ones64})
        expect_all_like_naive(sign + "0b" + digits, base);
}

TEST(Strtol, RandomText) {
  std::mt19937 random(20231);  // fixed, so that a failure can be had again
  const std::string letters = "00011bBxX9a-+ ";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned length = random() % 9; length != 0; --length)
      text += letters[random() % letters.size()];
    expect_all_like_naive(text, round % 3 == 0 ? 0 : round % 3 == 1 ? 2 : int(2 + random() % 35));
  }
}

TEST(Strtol, EveryNameParsesBinary) {
  for (const char* name : {"__isoc23_strtol", "__isoc23_strtoll", "__isoc23_strtoimax"})
    EXPECT_EQ(from_c<long(const char*, char**, int)>(name, "GLIBC_2.38")("-0b110", nullptr, 0), -6)
        << name;
  for (const char* name : {"__isoc23_strtoul", "__isoc23_strtoull", "__isoc23_strtoumax"})
    EXPECT_EQ(
        from_c<unsigned long(const char*, char**, int)>(name, "GLIBC_2.38")("0b110", nullptr, 2),
        6u)
        << name;
  for (const char* name : {"__isoc23_wcstol", "__isoc23_wcstoll", "__isoc23_wcstoimax"})
    EXPECT_EQ(
        from_c<long(const wchar_t*, wchar_t**, int)>(name, "GLIBC_2.38")(L"-0B110", nullptr, 0), -6)
        << name;
  for (const char* name : {"__isoc23_wcstoul", "__isoc23_wcstoull", "__isoc23_wcstoumax"})
    EXPECT_EQ(from_c<unsigned long(const wchar_t*, wchar_t**, int)>(name, "GLIBC_2.38")(L"0B110",
                                                                                        nullptr, 0),
              6u)
        << name;
}

TEST(Strtol, LocaleForms) {
  const locale_t in = newlocale(LC_ALL_MASK, "C", nullptr);
  ASSERT_NE(in, nullptr);
  for (const char* name :
       {"__isoc23_strtol_l", "__isoc23_strtoll_l", "__isoc23_strtoul_l", "__isoc23_strtoull_l"}) {
    const auto parse = from_c<long(const char*, char**, int, locale_t)>(name, "GLIBC_2.38");
    EXPECT_EQ(parse(" 0b101", nullptr, 0, in), 5) << name;
    EXPECT_EQ(parse(" 0x1F", nullptr, 0, in), 31) << name;
  }
  for (const char* name :
       {"__isoc23_wcstol_l", "__isoc23_wcstoll_l", "__isoc23_wcstoul_l", "__isoc23_wcstoull_l"}) {
    const auto parse = from_c<long(const wchar_t*, wchar_t**, int, locale_t)>(name, "GLIBC_2.38");
    EXPECT_EQ(parse(L" 0b101", nullptr, 0, in), 5) << name;
    EXPECT_EQ(parse(L" 017", nullptr, 0, in), 15) << name;
  }
  freelocale(in);
}

TEST(Strtol, InvalidBaseIsTheBasesAffair) {
  const auto parse = from_c<long(const char*, char**, int)>("__isoc23_strtol", "GLIBC_2.38");
  errno = 0;
  EXPECT_EQ(parse("0b1", nullptr, 1), 0);
  EXPECT_EQ(errno, EINVAL);
}
