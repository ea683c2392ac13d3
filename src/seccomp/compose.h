// One filter out of several, chosen by where in memory the system call's instruction lies.
//
// The filter that the kernel gets consists of
//
//     the check of the ABI      a call of another architecture's, or of x32's: `other_abi`
//     the shortcut              a call that every region allows by its number alone: allowed
//     the dispatch              a binary search for the range that holds the instruction
//     the parts                 each region's filter, and the one for everywhere else
//
// A part is copied as it is (one that does not begin with a load gets its 0 in the accumulator):
// jumps in classic BPF are relative, and check() has made sure that none leaves the part and that
// every way through it returns. So a part from libseccomp keeps the check of the architecture that
// it begins with, though ours was before it: four instructions for each region, against knowing how
// one release of libseccomp arranges its output.
//
// The kernel hands a filter the address *behind* the instruction that made the call (the
// instruction pointer at that moment). A region's ranges are those of the instructions themselves;
// compose() shifts them. A system call belongs to the region that holds its instruction's first
// byte.
//
// Pure, and safe to call from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "seccomp/filter.h"

namespace bulkhead::seccomp {

// Addresses from `begin` on and below `end`.
struct Range {
  std::uint64_t begin;
  std::uint64_t end;
};

// A region whose place in memory is known.
struct Region {
  std::string_view name;  // for messages
  Filter filter;
  std::span<const Range> ranges;  // in any order; none: the region is not there, and left out
};

// How long the parts of a composed filter are, in instructions.
inline constexpr std::size_t kAbiCheckSize = 7;
// For each border between two regions; one more where the search ends below it.
inline constexpr std::size_t kDispatchStepSize = 6;

// `elsewhere` decides for instructions that are in no region. `other_abi` is the value
// (SECCOMP_RET_…) for system calls of another architecture or of x32, wherever they are made. The
// result, and an error's texts, live in `arena`.
//
// Regions with equal filters share one part. Of the dispatch at most 6 instructions are executed
// for each halving of the number of borders.
//
// Errors: malformed, a filter that check() refuses or a range without an address; conflict, two
// ranges that overlap, of one region or of two; limit, more instructions than the kernel takes.
Result<Filter> compose(Arena& arena, std::span<const Region> regions, Filter elsewhere,
                       std::uint32_t other_abi);

}  // namespace bulkhead::seccomp
