// A compiled policy: what the command hands to the code inside the program.
//
// The command reads the user's file, has libseccomp make each region's filter, and encodes the
// whole. Where the regions lie in memory is known inside the program only. What is to be done
// there:
//
//   1. decode() the bytes. They may come from another release of bulkhead.
//   2. Turn selectors into ranges, those of the executable segments (PT_LOAD with PF_X) of each
//      object, once all libraries that matter are mapped. An object in a capsule belongs to that
//      capsule; libc.so.6 and the executable are regions of their own; any other object belongs to
//      the first region, in the order of the policy, whose pattern it fits. So no two regions
//      overlap. Selector::parse has no answer for a selector of a later release: that is an error
//      for the user, not to be passed over. A region without an object gets no range; say so, and
//      go on.
//   3. compose() a Region for each but the last, with the last one's filter for everywhere else.
//   4. install() it, once. Filters cannot be taken back, only added, and of several the strictest
//      answer counts: a library that is mapped afterwards stays under `default`, unless that is
//      less strict than what a second filter says. Addresses that are unmapped keep their rules.
//      From then on our own system calls are filtered as well, so this is the last step.
//
// The filter outlives execve(2), where the ranges mean nothing any more; see docs/seccomp.md.
//
// Pure, and safe to call from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "seccomp/filter.h"

namespace bulkhead::seccomp {

// The format is append-only: a reader accepts its own major version, passes over what a later
// minor version appended to the header or to a region, and refuses another major version.
inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 0;

struct RegionRules {
  std::string_view selector;  // see selector.h
  Filter filter;              // for all system calls of the region
};

struct Policy {
  std::uint32_t other_abi = SECCOMP_RET_KILL_PROCESS;  // for calls of another ABI; see compose.h
  std::span<const RegionRules> regions;                // the last one, and no other, is "default"
};

// As bytes, of any value, in the byte order of this machine. Equal policies are equal bytes. The
// result lives in `arena`.
std::string_view encode(Arena& arena, const Policy& policy);

// Selectors point into `bytes`, all else lives in `arena`; `bytes` need no alignment. Every filter
// that comes out has passed check().
//
// Errors: malformed, if the bytes end early, contradict themselves, hold a filter that check()
// refuses, or "default" is not the last region and that alone; unsupported, if they are of another
// major version or for another machine.
Result<Policy> decode(Arena& arena, std::string_view bytes);

}  // namespace bulkhead::seccomp
