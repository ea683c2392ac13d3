#include "tool/install_policy.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "base/list.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "seccomp/compose.h"
#include "seccomp/install.h"
#include "seccomp/policy.h"
#include "seccomp/selector.h"
#include "tool/code.h"
#include "tool/events.h"
#include "tool/libraries.h"

namespace bulkhead::tool {
namespace {

using seccomp::Range;
using seccomp::Selector;

bool fits(const Selector& selector, const Library& library, bool executable,
          std::span<const capsule::Capsule* const> tools) {
  bool in_base = library.capsule == nullptr;
  switch (selector.kind) {
    case Selector::Kind::tool:
      return !in_base && std::ranges::find(tools, library.capsule) != tools.end();
    case Selector::Kind::capsule:
      return !in_base && library.capsule->request().name == selector.name;
    case Selector::Kind::program: return executable;
    case Selector::Kind::libc: return in_base && library.soname == elf::kLibc;
    case Selector::Kind::library:
      return in_base && !executable &&
             selector.fits_library(
                 library.soname.empty() ? file_name_of(library.path) : library.soname,
                 library.path);
    case Selector::Kind::elsewhere: return false;
  }
  return false;
}

struct Resolution {
  Arena& arena;
  const seccomp::Policy& policy;
  std::span<const capsule::Capsule* const> tools;
  List<seccomp::Region> regions;
  Status status;
};

// All but the last region, which is "default".
Status resolve(Resolution& resolution) {
  auto& [arena, policy, tools, regions, status] = resolution;
  std::span<const seccomp::RegionRules> rules = policy.regions.first(policy.regions.size() - 1);
  List<Selector> selectors(arena);
  for (const seccomp::RegionRules& each : rules) {
    std::optional<Selector> selector = Selector::parse(each.selector);
    if (!selector) {
      return fail(Fault::unsupported, "is a region that this release does not know",
                  arena.copy(each.selector), {},
                  "compile the policy with this release of bulkhead");
    }
    selectors.push_back(*selector);
  }
  List<Library> libraries = loaded_libraries(arena, true);
  // Each library belongs to the first region that it fits.
  std::span<bool> taken = arena.array<bool>(libraries.size());
  for (std::size_t r = 0; r < rules.size(); ++r) {
    List<CodeRange> code(arena);
    for (std::size_t i = 0; i < libraries.size(); ++i) {
      if (taken[i] || libraries[i].generated) continue;
      if (!fits(selectors[r], libraries[i], i == 0, tools)) continue;
      taken[i] = true;
      add_code(libraries[i], code);
    }
    if (code.empty()) {
      message({"seccomp policy: nothing that is loaded belongs to the region ", rules[r].selector,
               "; its rules are left out"});
    }
    List<Range> ranges(arena);
    for (const CodeRange& each : code) ranges.push_back({each.begin, each.end});
    regions.push_back({rules[r].selector, rules[r].filter, ranges.view()});
  }
  return {};
}

}  // namespace

Status install_policy(Arena& arena, std::string_view encoded,
                      std::span<const capsule::Capsule* const> tools) {
  Result<seccomp::Policy> policy = seccomp::decode(arena, encoded);
  if (!policy) return std::unexpected(policy.error());
  Resolution resolution{arena, *policy, tools, List<seccomp::Region>(arena), {}};
  with_lock(
      arena,
      [](void* context) {
        auto* to = static_cast<Resolution*>(context);
        to->status = resolve(*to);
      },
      &resolution);
  if (!resolution.status) return resolution.status;
  Result<seccomp::Filter> filter = seccomp::compose(
      arena, resolution.regions.view(), policy->regions.back().filter, policy->other_abi);
  if (!filter) return std::unexpected(filter.error());
  return seccomp::install(arena, *filter);
}

}  // namespace bulkhead::tool
