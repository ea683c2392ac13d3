#include "opening/missing.h"

#include <errno.h>

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
  std::string_view what = join(arena, {"is not in the tree ", capsule.request().tree});
  if (!capsule.request().strict) {
    return fail(Fault::missing, what, arena.copy(missing.name), because, advice);
  }
  what = join(arena, {what, ", and the capsule is strict"});
  if (missing.name.find('/') != std::string_view::npos) {
    advice = capsule.request().of_interface
                 ? "add it to the tree, or permit its path (bh_capsule_options.permit)"
                 : "add it to the tree, or permit its path with --permit";
  }
  Error error{Fault::missing, 0, what, arena.copy(missing.name), because, advice};
  if (missing.refused) {
    error.fault = Fault::conflict;
    error.number = EACCES;
  }
  return std::unexpected(error);
}

}  // namespace bulkhead::opening
