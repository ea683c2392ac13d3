#include "opening/missing.h"

#include "base/text.h"
#include "isolation/isolate.h"

namespace bulkhead::opening {

using capsule::Capsule;

std::unexpected<Error> missing_library(Arena& arena, const Capsule& capsule,
                                       const resolve::Closure& closure) {
  const resolve::Missing& missing = closure.missing()[0];
  std::string_view by =
      missing.needed_by == resolve::kNone
          ? std::string_view{"asked for"}
          : join(arena, {"needed by ", closure.libraries()[missing.needed_by].host_path});
  std::string_view because = join(arena, {by, missing.why.empty() ? "" : "; ", missing.why});
  std::string_view advice =
      capsule.request().of_interface
          ? "add it to the tree, or share the program's own (bh_capsule_options.share)"
          : "add it to the tree, or share the program's own with --share";
  if (has_own(capsule, missing.name)) {
    advice =
        "add it to the tree, in the program's build, or leave out the isolation: then the "
        "program's glibc is shared";
  }
  return fail(Fault::missing, join(arena, {"is not in the tree ", capsule.request().tree}),
              arena.copy(missing.name), because, advice);
}

}  // namespace bulkhead::opening
