// Which part of a composed filter decides, for every place that an instruction can be at.
#include "seccomp/compose.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "seccomp_case.h"

namespace bulkhead::seccomp {
namespace {

using namespace testing;

constexpr std::uint32_t kElsewhere = 1, kOther = 2;

// Regions whose filters answer 100, 101, …, each with its ranges.
class Composed {
 public:
  explicit Composed(const std::vector<std::vector<Range>>& places) : places_(places) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      codes_.push_back(always(static_cast<std::uint32_t>(100 + i)));
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      regions_.push_back({"some", codes_[i], places_[i]});
    }
    Result<Filter> filter = compose(arena_, regions_, elsewhere_, kOther);
    EXPECT_TRUE(filter) << (filter ? "" : render(arena_, filter.error()));
    if (filter) filter_ = *filter;
    EXPECT_TRUE(check(filter_));
  }

  std::uint32_t at(std::uint64_t address) const { return evaluate(filter_, call_at(address)); }

  // The same, found without a filter.
  std::uint32_t expected_at(std::uint64_t address) const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      for (const Range& range : places_[i]) {
        if (address >= range.begin && address < range.end) {
          return static_cast<std::uint32_t>(100 + i);
        }
      }
    }
    return kElsewhere;
  }

  Filter filter() const { return filter_; }

 private:
  Arena arena_;
  std::vector<std::vector<Range>> places_;
  std::vector<Code> codes_;
  std::vector<Region> regions_;
  Code elsewhere_ = always(kElsewhere);
  Filter filter_;
};

// At, before and behind each end, and where one half of the address is that of an end and the
// other half is anything.
std::set<std::uint64_t> edges(const std::vector<std::vector<Range>>& places) {
  std::set<std::uint64_t> all = {0, 1, 0xffffffff, 0x100000000, 0x7fffffffffff};
  for (const std::vector<Range>& ranges : places) {
    for (const Range& range : ranges) {
      for (std::uint64_t end : {range.begin, range.end}) {
        for (std::uint64_t off = 0; off < 7; ++off) all.insert(end + off - 3);
        all.insert({end + 0x100000000, end - 0x100000000, end & 0xffffffff, end >> 32,
                    end | 0xffffffff, end & ~std::uint64_t{0xffffffff}, ~end});
      }
    }
  }
  // The three highest have no instruction behind them.
  while (!all.empty() && *all.rbegin() > ~std::uint64_t{3}) all.erase(std::prev(all.end()));
  return all;
}

void compare(const std::vector<std::vector<Range>>& places) {
  Composed composed(places);
  for (std::uint64_t address : edges(places)) {
    ASSERT_EQ(composed.at(address), composed.expected_at(address)) << std::hex << address;
  }
}

TEST(SeccompCompose, FirstAndLastInstructionOfARange) {
  Composed composed({{{0x7f0000001000, 0x7f0000002000}}});
  EXPECT_EQ(composed.at(0x7f0000000fff), kElsewhere);
  EXPECT_EQ(composed.at(0x7f0000001000), 100U);
  EXPECT_EQ(composed.at(0x7f0000001ffe), 100U);
  EXPECT_EQ(composed.at(0x7f0000001fff), 100U);  // begins inside
  EXPECT_EQ(composed.at(0x7f0000002000), kElsewhere);
}

TEST(SeccompCompose, RangeAcross4GiB) {
  compare({{{0x7ffffffff000, 0x800000001000}}});
  compare({{{0xfffff000, 0x100001000}}});
  compare({{{0x1fffffff0, 0x500000010}}});  // with whole multiples inside
}

TEST(SeccompCompose, EndWhoseSuccessorCarriesIntoTheUpperHalf) {
  // What the kernel sees is 2 more, which crosses 4 GiB.
  compare({{{0x1fffffffe, 0x2fffffffe}}});
  compare({{{0x1ffffffff, 0x2ffffffff}}});
  compare({{{0x1fffffffd, 0x2fffffffd}}});
}

TEST(SeccompCompose, HalvesThatAreEqual) {
  compare({{{0x123400001234, 0x123500001235}}});
  compare({{{0x0000700000007000, 0x0000700000007001}}});
  compare({{{0x0000700000007000, 0x0000700000007002}}, {{0x0000700100007000, 0x0000700100007002}}});
}

TEST(SeccompCompose, WholeAddressSpace) {
  compare({{{0, ~std::uint64_t{0}}}});
  compare({{{0, 0x1000}}, {{0x1000, 0x7ffffffff000}}});
  compare({{{~std::uint64_t{0} - 0x1000, ~std::uint64_t{0}}}});
}

TEST(SeccompCompose, AdjacentRanges) {
  compare({{{0x1000, 0x2000}}, {{0x2000, 0x3000}}, {{0x3000, 0x3001}, {0x3001, 0x3002}}});
}

TEST(SeccompCompose, RangesInAnyOrder) {
  compare({{{0x9000, 0xa000}, {0x1000, 0x2000}}, {{0x5000, 0x6000}, {0x2000, 0x3000}}});
}

TEST(SeccompCompose, WithoutRegionsAllIsElsewhere) {
  compare({});
  compare({{}, {}});
}

TEST(SeccompCompose, ManyRegionsAreFoundInFewSteps) {
  std::vector<std::vector<Range>> places;
  for (std::uint64_t i = 0; i < 128; ++i) {
    places.push_back({{0x7f0000000000 + i * 0x100000000, 0x7f0000001000 + i * 0x100000000}});
  }
  Composed composed(places);
  std::size_t most = 0;
  for (std::uint64_t address : edges(places)) {
    std::size_t steps = 0;
    ASSERT_EQ(evaluate(composed.filter(), call_at(address), &steps), composed.expected_at(address));
    most = std::max(most, steps);
  }
  // The check of the ABI takes 4, each of log2(257) halvings at most 6 with its jump, the part 1.
  EXPECT_LE(most, 4U + 9 * 6 + 1 + 1);
}

// Any ranges, near to each other and to multiples of 4 GiB.
TEST(SeccompCompose, DecidesAsAPlainSearchDoes) {
  std::mt19937_64 random(20220101);
  for (int round = 0; round < 300; ++round) {
    std::size_t regions = 1 + random() % 6;
    std::size_t count = 1 + random() % 40;
    std::set<std::uint64_t> drawn;
    while (drawn.size() < 2 * count) {
      std::uint64_t base = (random() % 4) << 32;
      std::uint64_t low = random() % 3 == 0 ? 0xfffffff0 + random() % 0x20 : random() & 0xffffffff;
      drawn.insert(base + low);
    }
    std::vector<std::uint64_t> ends(drawn.begin(), drawn.end());
    std::vector<std::vector<Range>> places(regions);
    // Now and then a range begins where the one before ends.
    for (std::size_t i = 0; i + 1 < ends.size(); i += random() % 3 == 0 ? 1 : 2) {
      places[random() % regions].push_back({ends[i], ends[i + 1]});
    }
    compare(places);
    if (HasFatalFailure()) return;
  }
}

TEST(SeccompCompose, PartsKeepTheirJumps) {
  Arena arena;
  const Range one[] = {{0x1000, 0x2000}}, other[] = {{0x3000, 0x4000}};
  Code first = if_number(59, 10, 11), second = long_one(700, 20), third = if_number(60, 30, 31);
  const Region regions[] = {{"a", first, one}, {"b", third, other}};
  Result<Filter> filter = compose(arena, regions, second, kOther);
  ASSERT_TRUE(filter);
  ASSERT_TRUE(check(*filter));
  EXPECT_EQ(evaluate(*filter, call_at(0x1000, 59)), 10U);
  EXPECT_EQ(evaluate(*filter, call_at(0x1000, 60)), 11U);
  EXPECT_EQ(evaluate(*filter, call_at(0x3000, 60)), 30U);
  EXPECT_EQ(evaluate(*filter, call_at(0x3000, 59)), 31U);
  EXPECT_EQ(evaluate(*filter, call_at(0x2000, 59)), 20U);
}

// Of the answers only the first four matter to it, but for which value stands for "allow".
TEST(SeccompCompose, NumbersAreDecidedAsByTheParts) {
  std::mt19937 random(20220102);
  const std::uint32_t answers[] = {SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 13, SECCOMP_RET_LOG,
                                   SECCOMP_RET_TRAP};
  const Range place[] = {{0x1000, 0x2000}}, other_place[] = {{0x3000, 0x4000}};
  for (int round = 0; round < 300; ++round) {
    // A sequence of comparisons, of the number and now and then of an argument.
    auto draw = [&] {
      Code code = {look_at(offsetof(::seccomp_data, nr))};
      for (std::size_t i = random() % 12; i > 0; --i) {
        const unsigned tests[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
        if (random() % 8 == 0) code.push_back(look_at(offsetof(::seccomp_data, args)));
        if (random() % 16 == 0) code.push_back(operation(BPF_ALU | BPF_ADD | BPF_K, 1));
        code.push_back(operation(BPF_JMP | BPF_K | tests[random() % (random() % 4 == 0 ? 4 : 3)],
                                 random() % 40, 0, 1));
        code.push_back(give(answers[random() % 3 == 0 ? random() % 4 : 0]));
      }
      code.push_back(give(answers[random() % 2 == 0 ? random() % 4 : 0]));
      return code;
    };
    Arena arena;
    Code a = draw(), b = draw(), elsewhere = draw();
    const Region regions[] = {{"a", a, place}, {"b", b, other_place}};
    Result<Filter> filter = compose(arena, regions, elsewhere, kOther);
    ASSERT_TRUE(filter);
    ASSERT_TRUE(check(*filter));
    for (int number : {-1, 0x3fffffff, 0x3ffffffe}) {
      ASSERT_EQ(evaluate(*filter, call_at(0x1000, number)), evaluate(a, call_at(0x1000, number)));
    }
    for (int number = 0; number < 50; ++number) {
      for (std::uint64_t argument : {0, 7, 30}) {
        auto data = [&](std::uint64_t address) {
          ::seccomp_data call = call_at(address, number);
          call.args[0] = argument;
          return call;
        };
        ASSERT_EQ(evaluate(*filter, data(0x1000)), evaluate(a, data(0x1000))) << number;
        ASSERT_EQ(evaluate(*filter, data(0x3000)), evaluate(b, data(0x3000))) << number;
        ASSERT_EQ(evaluate(*filter, data(0x5000)), evaluate(elsewhere, data(0x5000))) << number;
      }
    }
  }
}

// The kernel does not run such a filter again for them.
TEST(SeccompCompose, NumbersThatAllRegionsAllowNeedNoAddress) {
  Arena arena;
  const Range place[] = {{0x1000, 0x2000}};
  Code region = if_number(59, SECCOMP_RET_TRAP, SECCOMP_RET_ALLOW);
  const Region regions[] = {{"a", region, place}};
  Result<Filter> filter = compose(arena, regions, always(SECCOMP_RET_ALLOW), kOther);
  ASSERT_TRUE(filter);
  const auto loads_address = [&](int number) {
    // What it would load last, if it did.
    ::seccomp_data call = call_at(0x1000, number);
    for (std::size_t i = 0; i < filter->size(); ++i) {
      Code cut(filter->begin(), filter->end());
      if (cut[i].code != (BPF_LD | BPF_W | BPF_ABS) ||
          cut[i].k < offsetof(::seccomp_data, instruction_pointer)) {
        continue;
      }
      cut[i] = give(4711);
      if (evaluate(cut, call) == 4711) return true;
    }
    return false;
  };
  for (int number : {0, 1, 58, 60, 450, 0x3fffffff}) EXPECT_FALSE(loads_address(number)) << number;
  for (int number : {59, -1}) EXPECT_TRUE(loads_address(number)) << number;
}

TEST(SeccompCompose, PartsBeginWithNothingInTheAccumulator) {
  Arena arena;
  const Range place[] = {{0x7f0000001000, 0x7f0000002000}};
  Code add = {operation(BPF_ALU | BPF_ADD | BPF_K, 3), operation(BPF_RET | BPF_A, 0)};
  Code at_once = {operation(BPF_RET | BPF_A, 0)};
  const Region regions[] = {{"a", add, place}};
  Result<Filter> filter = compose(arena, regions, at_once, kOther);
  ASSERT_TRUE(filter);
  EXPECT_EQ(evaluate(*filter, call_at(0x7f0000001000, 9)), 3U);
  EXPECT_EQ(evaluate(*filter, call_at(0x7f0000000000, 9)), 0U);
}

TEST(SeccompCompose, EqualFiltersAreOnePart) {
  Arena arena;
  Code first = long_one(1500, 7), second = long_one(1500, 7), third = long_one(1500, 7);
  std::vector<Range> places;
  for (std::uint64_t i = 0; i < 3; ++i)
    places.push_back({0x1000 + 0x2000 * i, 0x2000 + 0x2000 * i});
  Code elsewhere = always(kElsewhere);
  const Region regions[] = {
      {"a", first, {&places[0], 1}}, {"b", second, {&places[1], 1}}, {"c", third, {&places[2], 1}}};
  Result<Filter> filter = compose(arena, regions, elsewhere, kOther);
  ASSERT_TRUE(filter) << "three of them would be too long";
  EXPECT_LT(filter->size(), 1600U);
  for (const Range& place : places) EXPECT_EQ(evaluate(*filter, call_at(place.begin)), 7U);
  EXPECT_EQ(evaluate(*filter, call_at(0x2000)), kElsewhere);
}

TEST(SeccompCompose, RangesOfARegionThatTouchAreOne) {
  std::vector<Range> many;
  for (std::uint64_t i = 0; i < 1000; ++i) many.push_back({0x1000 + 0x100 * i, 0x1100 + 0x100 * i});
  Composed composed({many});
  EXPECT_EQ(composed.filter().size(),
            Composed({{{0x1000, 0x1000 + 0x100 * 1000}}}).filter().size());
  compare({many});
}

TEST(SeccompCompose, OtherAbisHaveAnAnswerOfTheirOwn) {
  Composed composed({{{0x1000, 0x2000}}});
  ::seccomp_data call = call_at(0x1000);
  call.arch = AUDIT_ARCH_I386;
  EXPECT_EQ(evaluate(composed.filter(), call), kOther);
  for (int number : {0x40000000, 0x40000001, 0x7fffffff, -2}) {
    EXPECT_EQ(evaluate(composed.filter(), call_at(0x1000, number)), kOther) << number;
  }
  EXPECT_EQ(evaluate(composed.filter(), call_at(0x1000, 0x3fffffff)), 100U);
  // A tracer's mark for a call that is to be skipped.
  EXPECT_EQ(evaluate(composed.filter(), call_at(0x1000, -1)), 100U);
}

std::string fault_of(std::span<const Region> regions, const Code& elsewhere, Fault expected) {
  Arena arena;
  Result<Filter> filter = compose(arena, regions, elsewhere, kOther);
  if (filter) return "no fault";
  EXPECT_EQ(filter.error().fault, expected);
  return std::string(render(arena, filter.error()));
}

TEST(SeccompCompose, OverlappingRangesAreRefused) {
  Code code = always(1);
  const Range a[] = {{0x1000, 0x3000}}, b[] = {{0x5000, 0x6000}, {0x2fff, 0x4000}};
  const Region regions[] = {{"libc", code, a}, {"library:libz.so.1", code, b}};
  EXPECT_EQ(fault_of(regions, code, Fault::conflict),
            "library:libz.so.1: the address 0x2fff is in two ranges, of libc and of "
            "library:libz.so.1");
}

TEST(SeccompCompose, RangeWithoutAnAddressIsRefused) {
  Code code = always(1);
  for (const Range& range : {Range{0x1000, 0x1000}, Range{0x2000, 0x1000}}) {
    const Region regions[] = {{"tool", code, {&range, 1}}};
    EXPECT_NE(fault_of(regions, code, Fault::malformed).find("tool: a range from"),
              std::string::npos);
  }
}

TEST(SeccompCompose, DamagedPartIsRefused) {
  const Range place[] = {{0x1000, 0x2000}};
  Code good = always(1), bad = {operation(BPF_JMP | BPF_JA, 1), give(0)};
  const Region regions[] = {{"tool", bad, place}};
  EXPECT_EQ(fault_of(regions, good, Fault::malformed), "tool: a jump leads out of the filter");
  EXPECT_EQ(fault_of({}, bad, Fault::malformed), "default: a jump leads out of the filter");
}

TEST(SeccompCompose, FilterOfExactlyTheKernelsLimitIsMade) {
  Arena arena;
  // The check of the ABI, and a jump to the only part.
  std::size_t rest = kMaxInstructions - kAbiCheckSize - 1;
  EXPECT_TRUE(compose(arena, {}, long_one(rest, 1), kOther));
  EXPECT_EQ(fault_of({}, long_one(rest + 1, 1), Fault::limit),
            "the seccomp filter has 4097 instructions; the kernel takes 4096 (BPF_MAXINSNS) (0 "
            "borders between regions, 1 different filters); name fewer system calls or fewer "
            "libraries in the policy");
}

TEST(SeccompCompose, TooManyRangesAreRefused) {
  std::vector<Range> places;
  for (std::uint64_t i = 0; i < 1000; ++i)
    places.push_back({0x1000 + 0x2000 * i, 0x2000 + 0x2000 * i});
  Code code = always(1), elsewhere = always(2);
  const Region regions[] = {{"tool", code, places}};
  EXPECT_NE(fault_of(regions, elsewhere, Fault::limit).find("2000 borders"), std::string::npos);
}

}  // namespace
}  // namespace bulkhead::seccomp
