// The bytes of a compiled policy, and what regions are called.
#include "seccomp/policy.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "seccomp/selector.h"
#include "seccomp_case.h"

namespace bulkhead::seccomp {
namespace {

using namespace testing;

// Two regions, as bytes.
std::string sample() {
  Arena arena;
  Code one = if_number(59, 10, 11), rest = always(20);
  const RegionRules regions[] = {{"capsule:x", one}, {"default", rest}};
  return std::string(encode(arena, {.other_abi = 30, .regions = regions}));
}

std::string_view fault_of(Arena& arena, std::string_view bytes, Fault fault = Fault::malformed) {
  Result<Policy> policy = decode(arena, bytes);
  if (policy) return "no fault";
  EXPECT_EQ(policy.error().fault, fault);
  return policy.error().what;
}

TEST(SeccompPolicy, ComesBackAsItWasFromAnyAddress) {
  std::string bytes = sample();
  for (std::size_t shift = 0; shift < 4; ++shift) {
    Arena arena;
    std::string moved = std::string(shift, '-') + bytes;
    Result<Policy> policy = decode(arena, std::string_view(moved).substr(shift));
    ASSERT_TRUE(policy) << policy.error().what;
    EXPECT_EQ(policy->other_abi, 30U);
    ASSERT_EQ(policy->regions.size(), 2U);
    EXPECT_EQ(policy->regions[0].selector, "capsule:x");
    EXPECT_EQ(evaluate(policy->regions[0].filter, call_at(0, 59)), 10U);
    EXPECT_EQ(policy->regions[1].selector, "default");
    EXPECT_EQ(evaluate(policy->regions[1].filter, call_at(0, 59)), 20U);
    EXPECT_EQ(encode(arena, *policy), bytes);
  }
}

TEST(SeccompPolicy, CutAnywhereIsRefused) {
  std::string bytes = sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Arena arena;
    EXPECT_EQ(fault_of(arena, std::string_view(bytes).substr(0, size)),
              "the compiled seccomp policy ends early")
        << size;
  }
}

// A byte of each in turn set to each of some values: an answer or an error, never a read out of
// bounds (which the sanitizers would notice), and no filter that the kernel might refuse.
TEST(SeccompPolicy, AnyByteMayBeDamaged) {
  const std::string good = sample();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (unsigned value : {0x00U, 0x01U, 0x7fU, 0x80U, 0xffU}) {
      std::string bytes = good;
      bytes[i] = static_cast<char>(value);
      Arena arena;
      Result<Policy> policy = decode(arena, bytes);
      if (!policy) continue;
      for (const RegionRules& region : policy->regions) EXPECT_TRUE(check(region.filter));
    }
  }
}

void set_word(std::string& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

constexpr std::size_t kHeader = 24, kFirstRegion = kHeader;
constexpr std::size_t kMajorAt = 4, kHeaderSizeAt = 8, kArchitectureAt = 12, kRegionsAt = 20;

TEST(SeccompPolicy, OfAnotherMajorVersionIsRefusedWithBothNamed) {
  Arena arena;
  std::string bytes = sample();
  bytes[kMajorAt] = 2;
  EXPECT_EQ(fault_of(arena, bytes, Fault::unsupported),
            "the seccomp policy was compiled as version 2; this library reads version 1");
}

TEST(SeccompPolicy, OfAnotherMachineIsRefused) {
  Arena arena;
  std::string bytes = sample();
  set_word(bytes, kArchitectureAt, AUDIT_ARCH_AARCH64);
  EXPECT_EQ(fault_of(arena, bytes, Fault::unsupported),
            "the seccomp policy was compiled for another machine");
}

TEST(SeccompPolicy, WhatALaterMinorVersionAppendsIsPassedOver) {
  Arena arena;
  std::string bytes = sample();
  std::uint32_t region_size = 0;
  std::memcpy(&region_size, bytes.data() + kFirstRegion, sizeof region_size);
  bytes.insert(kFirstRegion + region_size, "of the region");
  set_word(bytes, kFirstRegion, region_size + 13);
  bytes.insert(kHeader, "of the header");
  set_word(bytes, kHeaderSizeAt, kHeader + 13);
  bytes += "behind all";
  Result<Policy> policy = decode(arena, bytes);
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(encode(arena, *policy), sample());
}

TEST(SeccompPolicy, OtherBytesAreRefused) {
  Arena arena;
  EXPECT_EQ(fault_of(arena, std::string(64, 'x')), "is no compiled seccomp policy");
}

TEST(SeccompPolicy, SizesThatContradictEachOtherAreRefused) {
  Arena arena;
  for (std::size_t at : {kFirstRegion + 4, kFirstRegion + 8}) {
    for (std::uint32_t value : {1000U, 0x20000000U, 0xffffffffU}) {
      std::string bytes = sample();
      set_word(bytes, at, value);
      EXPECT_EQ(fault_of(arena, bytes), "a region of the compiled seccomp policy is damaged");
    }
  }
  std::string bytes = sample();
  set_word(bytes, kHeaderSizeAt, 23);
  EXPECT_EQ(fault_of(arena, bytes), "the header of the compiled seccomp policy is damaged");
  set_word(bytes, kHeaderSizeAt, 0xffffffff);
  EXPECT_EQ(fault_of(arena, bytes), "the compiled seccomp policy ends early");
}

TEST(SeccompPolicy, FilterThatLeavesItselfIsRefusedWithItsRegion) {
  Arena arena;
  std::string bytes = sample();
  bytes[kFirstRegion + 12 + 8 + 3] = 17;  // where the comparison jumps if it does not hold
  Result<Policy> policy = decode(arena, bytes);
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().what, "a jump leads out of the filter");
  EXPECT_EQ(policy.error().subject, "capsule:x");
}

TEST(SeccompPolicy, DefaultMustBeTheLastRegion) {
  constexpr std::string_view kFault =
      "\"default\" must be the last region of a compiled seccomp policy, and no other";
  Arena arena;
  Code code = always(1);
  const RegionRules early[] = {{"default", code}, {"libc", code}};
  EXPECT_EQ(fault_of(arena, encode(arena, {.regions = early})), kFault);
  const RegionRules twice[] = {{"default", code}, {"default", code}};
  EXPECT_EQ(fault_of(arena, encode(arena, {.regions = twice})), kFault);
  EXPECT_EQ(fault_of(arena, encode(arena, {})), "the compiled seccomp policy has no region");
  std::string bytes = sample();
  set_word(bytes, kRegionsAt, 1);
  EXPECT_EQ(fault_of(arena, bytes), kFault);
}

TEST(SeccompSelector, KnowsEachKind) {
  using Kind = Selector::Kind;
  EXPECT_EQ(Selector::parse("tool")->kind, Kind::tool);
  EXPECT_EQ(Selector::parse("libc")->kind, Kind::libc);
  EXPECT_EQ(Selector::parse("program")->kind, Kind::program);
  EXPECT_EQ(Selector::parse("default")->kind, Kind::elsewhere);
  EXPECT_EQ(Selector::parse("capsule:gl")->kind, Kind::capsule);
  EXPECT_EQ(Selector::parse("capsule:gl")->name, "gl");
  EXPECT_EQ(Selector::parse("library:libz.so.1")->kind, Kind::library);
  for (std::string_view text : {"", "tools", "capsule", "capsule:", "library:", "Library:x"}) {
    EXPECT_FALSE(Selector::parse(text)) << text;
  }
}

TEST(SeccompSelector, PatternMeansTheSonameOrWithASlashThePath) {
  auto fits = [](std::string_view text, std::string_view soname, std::string_view path) {
    return Selector::parse(text)->fits_library(soname, path);
  };
  EXPECT_TRUE(fits("library:libz.so.1", "libz.so.1", "/usr/lib/libz.so.1.2"));
  EXPECT_FALSE(fits("library:libz.so.1.2", "libz.so.1", "/usr/lib/libz.so.1.2"));
  EXPECT_TRUE(fits("library:/usr/*/libz.so.?.2", "", "/usr/lib/x/libz.so.1.2"));
  EXPECT_TRUE(fits("library:lib*.so*", "libz.so.1", ""));
  EXPECT_TRUE(fits("library:*a*ab", "aaaab", ""));
  EXPECT_FALSE(fits("library:*a*abc", "aaaab", ""));
  EXPECT_FALSE(fits("library:libz", "libz.so.1", ""));
  EXPECT_FALSE(fits("library:libz.so.1?", "libz.so.1", ""));
  EXPECT_TRUE(fits("library:***", "", ""));
  EXPECT_FALSE(fits("capsule:*", "libz.so.1", ""));
}

TEST(SeccompSelector, NoPatternMeansLibcOrTheDynamicLinker) {
  for (std::string_view pattern : {"library:*", "library:/usr/*"}) {
    Selector all = *Selector::parse(pattern);
    EXPECT_TRUE(all.fits_library("libm.so.6", "/usr/lib/libm.so.6"));
    EXPECT_FALSE(all.fits_library("libc.so.6", "/usr/lib/libc.so.6"));
    EXPECT_FALSE(all.fits_library("ld-linux-x86-64.so.2", "/usr/lib/ld-linux-x86-64.so.2"));
  }
}

}  // namespace
}  // namespace bulkhead::seccomp
