// strlcpy and kin, memory helpers, names of errors and signals, UTF-8 conversion.
#include <malloc.h>

#include <cerrno>
#include <climits>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <string>
#include <vector>

#include "library.h"

using namespace compat_test;

TEST(Strlcpy, WritesWhatFitsAndSaysWhatItWanted) {
  const auto strlcpy = from_c<size_t(char*, const char*, size_t)>("strlcpy", "GLIBC_2.38");
  for (size_t length = 0; length < 6; ++length) {
    const std::string from(length, 'x');
    for (size_t size = 0; size < 8; ++size) {
      char to[8];
      memset(to, '#', sizeof to);
      EXPECT_EQ(strlcpy(to, from.c_str(), size), length);
      EXPECT_EQ(std::string(to, strnlen(to, sizeof to)),
                size != 0 ? from.substr(0, size - 1) : "########");
      for (size_t i = size == 0 ? 0 : std::min(length, size - 1) + 1; i < sizeof to; ++i)
        EXPECT_EQ(to[i], '#') << "byte " << i << " beyond the copy was written";
    }
  }
  EXPECT_EQ(strlcpy(nullptr, "abc", 0), 3u);
}

TEST(Strlcat, AppendsWithinTheSize) {
  const auto strlcat = from_c<size_t(char*, const char*, size_t)>("strlcat", "GLIBC_2.38");
  char to[6] = "ab";
  EXPECT_EQ(strlcat(to, "cdef", sizeof to), 6u);
  EXPECT_STREQ(to, "abcde");
  char full[4] = {'a', 'b', 'c', 'd'};  // no terminator within the size: nothing is changed
  EXPECT_EQ(strlcat(full, "xyz", sizeof full), 7u);
  EXPECT_EQ(memcmp(full, "abcd", 4), 0);
  EXPECT_EQ(strlcat(full, "xyz", 0), 3u);
}

TEST(Wcslcpy, CountsInWideCharacters) {
  const auto wcslcpy = from_c<size_t(wchar_t*, const wchar_t*, size_t)>("wcslcpy", "GLIBC_2.38");
  const auto wcslcat = from_c<size_t(wchar_t*, const wchar_t*, size_t)>("wcslcat", "GLIBC_2.38");
  wchar_t to[4] = {L'#', L'#', L'#', L'#'};
  EXPECT_EQ(wcslcpy(to, L"abcdef", 3), 6u);
  EXPECT_STREQ(to, L"ab");
  EXPECT_EQ(to[3], L'#');
  EXPECT_EQ(wcslcat(to, L"cd", 4), 4u);
  EXPECT_STREQ(to, L"abc");
}

TEST(Checked, AnswersLikeThePlainOneOrAborts) {
  const auto strlcpy =
      from_c<size_t(char*, const char*, size_t, size_t)>("__strlcpy_chk", "GLIBC_2.38");
  const auto strlcat =
      from_c<size_t(char*, const char*, size_t, size_t)>("__strlcat_chk", "GLIBC_2.38");
  const auto wcslcpy =
      from_c<size_t(wchar_t*, const wchar_t*, size_t, size_t)>("__wcslcpy_chk", "GLIBC_2.38");
  const auto wcslcat =
      from_c<size_t(wchar_t*, const wchar_t*, size_t, size_t)>("__wcslcat_chk", "GLIBC_2.38");
  const auto memset_explicit =
      from_c<void*(void*, int, size_t, size_t)>("__memset_explicit_chk", "GLIBC_2.43");
  char to[4] = "";
  wchar_t wide[4] = L"";
  EXPECT_EQ(strlcpy(to, "abcd", 4, 4), 4u);
  EXPECT_EQ(strlcat(to, "d", 4, 4), 4u);
  EXPECT_EQ(wcslcpy(wide, L"abcd", 4, 4), 4u);
  EXPECT_EQ(wcslcat(wide, L"d", 4, 4), 4u);
  EXPECT_EQ(memset_explicit(to, 0, 4, 4), to);
  EXPECT_DEATH(strlcpy(to, "a", 5, 4), "overflow");
  EXPECT_DEATH(strlcat(to, "a", 5, 4), "overflow");
  EXPECT_DEATH(wcslcpy(wide, L"a", 5, 4), "overflow");
  EXPECT_DEATH(wcslcat(wide, L"a", 5, 4), "overflow");
  EXPECT_DEATH(memset_explicit(to, 0, 5, 4), "overflow");
}

TEST(Memory, ExplicitSetAlignmentFreeCompare) {
  char bytes[5] = "abcd";
  EXPECT_EQ((from_c<void*(void*, int, size_t)>("memset_explicit", "GLIBC_2.43")(bytes, 'z', 4)),
            bytes);
  EXPECT_STREQ(bytes, "zzzz");

  const auto memalignment = from_c<size_t(const void*)>("memalignment", "GLIBC_2.43");
  EXPECT_EQ(memalignment(nullptr), 0u);
  EXPECT_EQ(memalignment(reinterpret_cast<void*>(0x1001)), 1u);
  EXPECT_EQ(memalignment(reinterpret_cast<void*>(0x12340)), 64u);
  EXPECT_EQ(memalignment(reinterpret_cast<void*>(size_t(1) << 63)), size_t(1) << 63);

  from_c<void(void*, size_t)>("free_sized", "GLIBC_2.43")(malloc(100), 100);
  from_c<void(void*, size_t, size_t)>("free_aligned_sized", "GLIBC_2.43")(aligned_alloc(64, 128),
                                                                          64, 128);
  EXPECT_NE(
      (from_c<int(const void*, const void*, size_t)>("__memcmpeq", "GLIBC_2.35")("ab", "ac", 2)),
      0);
  EXPECT_EQ(
      (from_c<int(const void*, const void*, size_t)>("__memcmpeq", "GLIBC_2.35")("ab", "ac", 1)),
      0);
}

TEST(Memory, Mallinfo2AgreesWithMallinfo) {
  struct Info {
    size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
  };
  const Info info = from_c<Info()>("mallinfo2", "GLIBC_2.33")();
  EXPECT_GT(info.uordblks, 0u);
  EXPECT_LE(info.uordblks, info.arena + info.hblkhd);
}

TEST(Absolute, MostNegativeHasOne) {
  EXPECT_EQ((from_c<unsigned(int)>("uabs", "GLIBC_2.42")(INT_MIN)), 2147483648u);
  EXPECT_EQ((from_c<unsigned(int)>("uabs", "GLIBC_2.42")(-7)), 7u);
  for (const auto& [name, version] :
       std::vector<std::pair<const char*, const char*>>{{"ulabs", "GLIBC_2.42"},
                                                        {"ullabs", "GLIBC_2.42"},
                                                        {"uimaxabs", "GLIBC_2.42"},
                                                        {"umaxabs", "GLIBC_2.43"}}) {
    const auto absolute = from_c<unsigned long(long)>(name, version);
    EXPECT_EQ(absolute(LONG_MIN), 1ul << 63) << name;
    EXPECT_EQ(absolute(5), 5u) << name;
    EXPECT_EQ(absolute(-5), 5u) << name;
  }
}

TEST(Names, OfErrorsAndSignalsAsThisMachineHasThem) {
  for (const char* name : {"strerrorname_np", "strerrordesc_np", "sigabbrev_np", "sigdescr_np"}) {
    const auto ours = from_c<const char*(int)>(name, "GLIBC_2.32");
    const auto theirs = of_this_machine<const char*(int)>(name);
    if (theirs == nullptr) continue;
    for (int number = -1; number < 134; ++number) {  // glibc 2.43 added one more
      EXPECT_STREQ(ours(number), theirs(number)) << name << " " << number;
    }
  }
  EXPECT_STREQ((from_c<const char*(int)>("strerrorname_np", "GLIBC_2.32")(EHWPOISON)), "EHWPOISON");
  EXPECT_STREQ((from_c<const char*(int)>("sigabbrev_np", "GLIBC_2.32")(SIGSEGV)), "SEGV");
}

namespace {

std::string utf8(unsigned point) {
  std::string bytes;
  if (point < 0x80) return {char(point)};
  if (point < 0x800) return {char(0xC0 | point >> 6), char(0x80 | (point & 63))};
  if (point < 0x10000)
    return {char(0xE0 | point >> 12), char(0x80 | (point >> 6 & 63)), char(0x80 | (point & 63))};
  return {char(0xF0 | point >> 18), char(0x80 | (point >> 12 & 63)), char(0x80 | (point >> 6 & 63)),
          char(0x80 | (point & 63))};
}

}  // namespace

TEST(Char8, RoundTripInAUtf8Locale) {
  if (setlocale(LC_ALL, "C.UTF-8") == nullptr) GTEST_SKIP() << "no C.UTF-8 locale here";
  const auto mbrtoc8 =
      from_c<size_t(unsigned char*, const char*, size_t, mbstate_t*)>("mbrtoc8", "GLIBC_2.36");
  const auto c8rtomb = from_c<size_t(char*, unsigned char, mbstate_t*)>("c8rtomb", "GLIBC_2.36");
  for (const unsigned point :
       {1u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    const std::string text = utf8(point);
    mbstate_t state{};
    std::string units;
    unsigned char unit = 0;
    EXPECT_EQ(mbrtoc8(&unit, text.data(), text.size(), &state), text.size());
    units += char(unit);
    while (units.size() < text.size()) {
      EXPECT_EQ(mbrtoc8(&unit, "", 0, &state), size_t(-3));
      units += char(unit);
    }
    EXPECT_EQ(units, text);
    EXPECT_NE(mbsinit(&state), 0);

    char out[16];
    for (size_t i = 0; i + 1 < text.size(); ++i)
      EXPECT_EQ(c8rtomb(out, static_cast<unsigned char>(text[i]), &state), 0u) << std::hex << point;
    EXPECT_EQ(c8rtomb(out, static_cast<unsigned char>(text.back()), &state), text.size())
        << std::hex << point;
    EXPECT_EQ(std::string(out, text.size()), text);
  }
  unsigned char unit = 9;
  mbstate_t state{};
  EXPECT_EQ(mbrtoc8(&unit, "", 1, &state), 0u);
  EXPECT_EQ(unit, 0);
  EXPECT_EQ(mbrtoc8(&unit, "\xE2\x82", 2, &state), size_t(-2));  // the rest comes later
  EXPECT_EQ(mbrtoc8(&unit, "\xAC", 1, &state), 1u);
  EXPECT_EQ(unit, 0xE2);
  setlocale(LC_ALL, "C");
}

TEST(Char8, IllFormedIsRefusedAtOnce) {
  if (setlocale(LC_ALL, "C.UTF-8") == nullptr) GTEST_SKIP() << "no C.UTF-8 locale here";
  const auto c8rtomb = from_c<size_t(char*, unsigned char, mbstate_t*)>("c8rtomb", "GLIBC_2.36");
  for (const std::string text :
       {"\x80", "\xC0", "\xC1", "\xF5", "\xFF", "\xC2\x41", "\xE0\x9F", "\xED\xA0", "\xF0\x8F",
        "\xF4\x90", "\xE2\x82\x41", "\xF0\x90\x80\xC0"}) {
    mbstate_t state{};
    char out[16];
    size_t got = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      EXPECT_NE(got, size_t(-1));
      errno = 0;
      got = c8rtomb(out, static_cast<unsigned char>(text[i]), &state);
    }
    EXPECT_EQ(got, size_t(-1));
    EXPECT_EQ(errno, EILSEQ);
  }
  setlocale(LC_ALL, "C");
}
