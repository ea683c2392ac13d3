#include "rules/report.h"

#include <fmt/format.h>

#include <vector>

#include "base/arena.h"
#include "messages/failure.h"
#include "messages/shown.h"
#include "rules/compile.h"
#include "rules/disassemble.h"
#include "rules/names.h"
#include "rules/policy_file.h"
#include "seccomp/compose.h"
#include "seccomp/shortcut.h"

namespace bulkhead::rules {
namespace {

// The dispatch, with names where addresses are known in the process only. `shortcut`: its size.
std::string dispatch(const seccomp::Policy& policy, std::size_t shortcut, std::size_t width) {
  std::string text =
      fmt::format("dispatch: {} instructions, and {} or {} for each border of a range\n",
                  seccomp::kAbiCheckSize + shortcut, seccomp::kDispatchStepSize,
                  seccomp::kDispatchStepSize + 1);
  auto row = [&](const std::string& condition, const std::string& then) {
    text += fmt::format("      {:<{}}  {}\n", condition, width, then);
  };
  row("if the ABI is another (i386, x32)", "return " + answer_name(policy.other_abi));
  if (shortcut != 0) row("if all regions allow that number", "return allow");
  for (const seccomp::RegionRules& region : policy.regions.first(policy.regions.size() - 1)) {
    row(fmt::format("if the instruction is in RANGE OF {}", region.selector),
        fmt::format("go to {}", region.selector));
  }
  row("else", "go to default");
  return text;
}

std::string counted(std::size_t number) {
  return fmt::format("{} instruction{}", number, number == 1 ? "" : "s");
}

// The least that the policy takes: each region in one range, none beside another.
std::size_t least_size(Arena& arena, const seccomp::Policy& policy) {
  constexpr std::uint64_t kApart = 0x10000;
  std::size_t count = policy.regions.size() - 1;
  std::span<seccomp::Range> ranges = arena.array<seccomp::Range>(count);
  std::span<seccomp::Region> regions = arena.array<seccomp::Region>(count);
  for (std::size_t i = 0; i < count; ++i) {
    ranges[i] = {(2 * i + 1) * kApart, (2 * i + 2) * kApart};
    regions[i] = {policy.regions[i].selector, policy.regions[i].filter, ranges.subspan(i, 1)};
  }
  return messages::take_or_fail(
             arena,
             seccomp::compose(arena, regions, policy.regions.back().filter, policy.other_abi))
      .size();
}

std::size_t shortcut_size(Arena& arena, const seccomp::Policy& policy) {
  std::vector<seccomp::Filter> filters;
  for (const seccomp::RegionRules& region : policy.regions) filters.push_back(region.filter);
  return seccomp::make_shortcut(arena, filters).size();
}

}  // namespace

Report::Report(const std::string& file) {
  Policy rules = read_policy(file);
  Arena arena;
  seccomp::Policy policy = compile(arena, rules);
  std::size_t least = least_size(arena, policy);
  compiled_ = seccomp::encode(arena, policy);
  std::size_t width = 0;
  for (const seccomp::RegionRules& region : policy.regions) {
    width = std::max(width, region.selector.size());
  }
  text_ = fmt::format("seccomp policy {}: {} of {} at least\n\n", messages::shown(file),
                      counted(least), seccomp::kMaxInstructions);
  text_ += dispatch(policy, shortcut_size(arena, policy),
                    width + sizeof "if the instruction is in RANGE OF");
  json_ = {{"file", file},
           {"other_abi", answer_name(policy.other_abi)},
           {"least_instructions", least},
           {"most_instructions", seccomp::kMaxInstructions},
           {"regions", nlohmann::json::array()}};
  for (std::size_t i = 0; i < policy.regions.size(); ++i) {
    const seccomp::RegionRules& region = policy.regions[i];
    std::vector<std::string> lines = disassemble(region.filter);
    text_ += fmt::format("\n{}: {}\n", messages::shown(region.selector), counted(lines.size()));
    for (const std::string& line : lines) text_ += line + "\n";
    json_["regions"].push_back({{"region", region.selector},
                                {"default", answer_name(rules.regions[i].otherwise)},
                                {"instructions", lines.size()},
                                {"filter", lines}});
  }
}

}  // namespace bulkhead::rules
