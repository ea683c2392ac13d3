#include "runtime/early.h"

#include "base/keep_errno.h"
#include "base/text.h"
#include "elf/dynamic.h"
#include "plan/rules_of_thumb.h"
#include "process/modules.h"
#include "runtime/activation.h"
#include "shims/interposer.h"
#include "shims/shim.h"
#include "turns/aside.h"

namespace bulkhead::runtime {
namespace {

using handoff::ShimHeader;

// Of a library of the base that may need something of the tree's libraries. The program's come
// last.
bool has_constructors(const process::BaseObject& object) {
  std::string_view file = file_name_of(object.name);
  if (file.empty() || plan::is_glibc_family(file) || plan::is_cxx_runtime(file) ||
      object.contains(reinterpret_cast<elf::Addr>(&open_before_others))) {
    return false;
  }
  std::span<const elf::Dyn> section = elf::entries_in_memory(object.bias, object.headers);
  // Not written to.
  turns::Entries entries =
      turns::constructors_of({const_cast<elf::Dyn*>(section.data()), section.size()});
  if (!entries.any()) return false;
  Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
  return image && !turns::are_plain_constructors(*image, entries) &&
         shims::shim_in(object) == nullptr;
}

bool has_others_with_constructors() {
  bool found = false;
  process::for_each_base_object([&](const process::BaseObject& object) {
    found = has_constructors(object);
    return found;
  });
  return found;
}

// The others have to find out at their turn whether the program goes on with this system's
// libraries, or have constructors that do not wait.
bool can_be_early(const capsule::Capsule& capsule) {
  const handoff::Request& request = capsule.request();
  return !request.native_on_failure && !request.isolated && !request.of_interface;
}

}  // namespace

void open_before_others() {
  if (!has_others_with_constructors()) return;
  KeepErrno keep;
  Arena arena;
  const std::span<const ShimHeader* const> shims = shims::find_all_shims(arena);
  for (const ShimHeader* shim : shims) keep_own_calls_from(*shim);
  for (const ShimHeader* shim : shims) {
    if (shims::is_interposer(*shim) || shims::is_bound(*shim)) continue;
    capsule::Capsule& capsule = capsule_for(arena, *shim);
    if (!can_be_early(capsule)) continue;
    if (Status opened = open_capsule(arena, capsule, *shim, From::start); !opened) {
      stop(*shim, capsule.request().tree, opened.error());
    }
  }
}

}  // namespace bulkhead::runtime
