#include "capsule/strict.h"

#include "base/text.h"
#include "capsule/registered.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::capsule {

bool is_of_strict_capsule(const void* address) {
  process::Owner owner;
  for (const Capsule* capsule : registered_capsules()) {
    if (!capsule->request().strict) continue;
    if (owner.object == nullptr) owner = process::owner_of(address);
    if (owner.object == nullptr || owner.space == process::own_space()) return false;
    // While the first opening is under way nobody knows its namespace.
    if (capsule->space().is_open()
            ? capsule->space().id() == owner.space
            : !capsule->contents().kept_path(process::name_of(owner.object)).empty()) {
      return true;
    }
  }
  return false;
}

std::unexpected<Error> refuse_sharing(Arena& arena, const Capsule& capsule, std::string_view name,
                                      std::string_view because) {
  std::string_view advice =
      capsule.request().of_interface
          ? "name it in bh_capsule_options.share, or in keep_private for a copy of its own"
          : join(arena, {"share it with --share ", name, ", or keep two copies with --private"});
  return fail(Fault::conflict, "would be this system's, and the capsule is strict",
              arena.copy(name), because, advice);
}

}  // namespace bulkhead::capsule
