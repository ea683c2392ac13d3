// Any bytes as a compiled policy for system calls: read, then written and read again, and its
// filters composed and run.
#include <cstdint>
#include <cstdlib>

#include "base/list.h"
#include "seccomp/compose.h"
#include "seccomp/policy.h"

using namespace bulkhead;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Arena arena;
  Result<seccomp::Policy> policy =
      seccomp::decode(arena, {reinterpret_cast<const char*>(data), size});
  if (!policy) return 0;
  std::string_view bytes = seccomp::encode(arena, *policy);
  Result<seccomp::Policy> again = seccomp::decode(arena, bytes);
  expect(again.has_value() && again->regions.size() == policy->regions.size());
  expect(seccomp::encode(arena, *again) == bytes);

  constexpr std::uint64_t kSize = 0x1000;
  List<seccomp::Region> regions(arena);
  for (const seccomp::RegionRules& each : policy->regions.first(policy->regions.size() - 1)) {
    std::span<seccomp::Range> range = arena.array<seccomp::Range>(1);
    range[0] = {kSize * regions.size(), kSize * (regions.size() + 1)};
    regions.push_back({each.selector, each.filter, range});
  }
  seccomp::Filter elsewhere = policy->regions.back().filter;
  Result<seccomp::Filter> filter =
      seccomp::compose(arena, regions.view(), elsewhere, policy->other_abi);
  if (!filter) return 0;  // longer than the kernel takes
  expect(seccomp::check(*filter).has_value());
  // A call of each region is decided as by its own filter.
  for (std::size_t i = 0; i <= regions.size(); ++i) {
    ::seccomp_data call{};
    call.arch = 0xc000003e;
    call.nr = static_cast<int>(i * 59);
    call.instruction_pointer = kSize * i + 2;
    seccomp::Filter own = i < regions.size() ? regions[i].filter : elsewhere;
    expect(seccomp::evaluate(*filter, call) == seccomp::evaluate(own, call));
  }
  return 0;
}
