#include "capsule/capsule.h"

#include <errno.h>
#include <sys/mman.h>

#include <new>

#include "base/text.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::capsule {

Result<Capsule*> make_capsule(const Origin& origin) {
  void* memory =
      ::mmap(nullptr, sizeof(Capsule), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_system(errno, "no memory for a capsule");
  auto* capsule = new (memory) Capsule(origin);
  Arena& arena = capsule->memory_.arena;
  capsule->request_bytes_ = arena.copy(origin.request_bytes);
  Result<handoff::Request> request = handoff::decode(arena, capsule->request_bytes_);
  if (!request) {
    destroy_capsule(capsule);  // errors of decode() are constants
    return std::unexpected(request.error());
  }
  capsule->request_ = *request;
  capsule->runtime_directory_ = arena.copy(origin.runtime_directory);
  if (origin.adopted != LM_ID_NEWLM) capsule->space_.adopt(origin.adopted);
  return capsule;
}

void destroy_capsule(Capsule* capsule) {
  capsule->~Capsule();
  ::munmap(capsule, sizeof *capsule);
}

std::string_view library_path_of(Arena& arena, const Capsule& capsule) {
  std::string_view path;
  for (std::string_view each : capsule.request().library_path) {
    path = join(arena, {path, path.empty() ? "" : ":", each});
  }
  return path;
}

std::string_view file_of(const Capsule& capsule, std::string_view exposed) {
  for (std::string_view each : capsule.request().at) {
    std::string_view file = each;
    if (split_off(file, '=') == exposed) return file;
  }
  return exposed;
}

bool has_own(const Capsule& capsule, std::string_view name) {
  const Isolation* isolation = capsule.isolation();
  return isolation != nullptr && isolation->has(name);
}

bool shares(const Capsule& capsule, std::string_view name) {
  if (capsule.is_adopted()) return capsule.contents().has_stand_in(name);
  if (has_own(capsule, name)) return false;
  if (plan::is_glibc_family(name)) return true;
  if (plan::contains(capsule.request().keep_private, name)) return false;
  return plan::is_always_shared(name) || plan::contains(capsule.request().share, name) ||
         capsule.contents().has_stand_in(name);
}

}  // namespace bulkhead::capsule
