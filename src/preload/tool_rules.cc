#include "preload/tool_rules.h"

#include "rules/policy_file.h"
#include "rules/report.h"
#include "seccomp/selector.h"

namespace bulkhead::preload {

PreloadPolicy compile_for_preload(const std::string& file, bool isolated) {
  // It also says if the policy is too long for the kernel, wherever the regions lie.
  PreloadPolicy result{rules::Report(file).compiled(), {}};
  if (isolated) return result;
  for (const rules::Region& region : rules::read_policy(file).regions) {
    using Kind = seccomp::Selector::Kind;
    auto selector = seccomp::Selector::parse(region.selector);
    if (!selector || (selector->kind != Kind::tool && selector->kind != Kind::capsule)) continue;
    result.warnings.push_back(
        region.place +
        ": a tool that is not isolated makes its system calls by the program's libc, "
        "so hardly any is of the region " +
        region.selector +
        "; add --isolated, or write the rules "
        "for libc");
  }
  return result;
}

}  // namespace bulkhead::preload
