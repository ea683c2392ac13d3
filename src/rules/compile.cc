#include "rules/compile.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "base/fd.h"
#include "base/list.h"
#include "messages/failure.h"

namespace bulkhead::rules {
namespace {

using Comparison = Condition::Comparison;
using Context = std::unique_ptr<void, decltype(&::seccomp_release)>;

// libseccomp asks the kernel which actions there are, and leaves out those it lacks. The program
// may run on another kernel, and install() asks again: all of what level 3 has (Linux 4.14).
constexpr unsigned kApiLevel = 3;
// Finds numbers by a binary search.
constexpr std::uint32_t kOptimizeForSpeed = 2;

::scmp_arg_cmp as_argument(const Condition& condition) {
  ::scmp_arg_cmp result{condition.argument, SCMP_CMP_EQ, condition.value, 0};
  switch (condition.comparison) {
    case Comparison::equal: break;
    case Comparison::unequal: result.op = SCMP_CMP_NE; break;
    case Comparison::less: result.op = SCMP_CMP_LT; break;
    case Comparison::at_most: result.op = SCMP_CMP_LE; break;
    case Comparison::greater: result.op = SCMP_CMP_GT; break;
    case Comparison::at_least: result.op = SCMP_CMP_GE; break;
    case Comparison::masked:
      result.op = SCMP_CMP_MASKED_EQ;
      result.datum_a = condition.mask;
      result.datum_b = condition.value;
      break;
  }
  return result;
}

// libseccomp's functions return a negative errno value.
void take(int result, const std::string& place, const std::string& what) {
  if (result >= 0) return;
  throw messages::Failure(place + ": libseccomp cannot " + what + ": " + ::strerror(-result));
}

seccomp::Filter exported(Arena& arena, const Context& context, const std::string& place) {
  Fd file(::memfd_create("filter", MFD_CLOEXEC));
  if (!file.valid()) take(-errno, place, "write its filter");
  take(::seccomp_export_bpf(context.get(), file.get()), place, "write its filter");
  Result<FileMapping> mapping = FileMapping::of(file.get());
  if (!mapping) throw messages::Failure(place + ": " + std::string(render(arena, mapping.error())));
  std::span<const std::byte> bytes = mapping->bytes();
  std::span<seccomp::Instruction> filter =
      arena.array<seccomp::Instruction>(bytes.size() / sizeof(seccomp::Instruction));
  if (!filter.empty()) ::memcpy(filter.data(), bytes.data(), filter.size_bytes());
  if (Status status = seccomp::check(filter); !status) {
    throw messages::Failure(
        place + ": of the region's rules libseccomp made a filter that cannot be used: " +
        std::string(render(arena, status.error())));
  }
  return filter;
}

seccomp::Filter filter_of(Arena& arena, const Region& region, std::uint32_t other_abi) {
  // Without rules there is nothing to look at.
  if (region.rules.empty()) {
    std::span<seccomp::Instruction> filter = arena.array<seccomp::Instruction>(1);
    filter[0] = {BPF_RET | BPF_K, 0, 0, region.otherwise};
    return filter;
  }
  Context context(::seccomp_init(region.otherwise), ::seccomp_release);
  if (context == nullptr)
    throw messages::Failure(region.place + ": libseccomp cannot begin a filter");
  take(::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, other_abi), region.place,
       "set the answer for other ABIs");
  take(::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, kOptimizeForSpeed), region.place,
       "sort the rules");
  for (const Rule& rule : region.rules) {
    std::vector<::scmp_arg_cmp> arguments;
    for (const Condition& each : rule.conditions) arguments.push_back(as_argument(each));
    int result =
        ::seccomp_rule_add_exact_array(context.get(), rule.answer, rule.number,
                                       static_cast<unsigned>(arguments.size()), arguments.data());
    // The same conditions twice.
    if (result != -EEXIST) take(result, rule.place, "add a rule for " + rule.call);
  }
  return exported(arena, context, region.place);
}

}  // namespace

seccomp::Policy compile(Arena& arena, const Policy& policy) {
  if (::seccomp_api_set(kApiLevel) != 0) {
    throw messages::Failure(
        "this command was built with a libseccomp before 2.4, which knows no \"log\"");
  }
  List<seccomp::RegionRules> regions(arena);
  for (const Region& region : policy.regions) {
    regions.push_back({region.selector, filter_of(arena, region, policy.other_abi)});
  }
  return {policy.other_abi, regions.view()};
}

}  // namespace bulkhead::rules
