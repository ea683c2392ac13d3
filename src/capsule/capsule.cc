#include "capsule/capsule.h"

#include "base/text.h"

#include <errno.h>
#include <sys/mman.h>

#include <new>

#include "capsule/isolate.h"
#include "plan/policy.h"

namespace bulkhead::capsule {

Result<Capsule*> make_capsule(std::string_view request_bytes, std::string_view runtime_directory) {
  void* memory =
      ::mmap(nullptr, sizeof(Capsule), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_system(errno, "no memory for a capsule");
  auto* capsule = new (memory) Capsule;
  capsule->request_bytes = capsule->arena.copy(request_bytes);
  Result<handoff::Request> request = handoff::decode(capsule->arena, capsule->request_bytes);
  if (!request) {
    destroy_capsule(capsule);  // errors of decode() are constants
    return std::unexpected(request.error());
  }
  capsule->request = *request;
  capsule->runtime_directory = capsule->arena.copy(runtime_directory);
  return capsule;
}

void destroy_capsule(Capsule* capsule) {
  capsule->~Capsule();
  ::munmap(capsule, sizeof *capsule);
}

std::string_view library_path_of(Arena& arena, const Capsule& capsule) {
  std::string_view path;
  for (std::string_view each : capsule.request.library_path) {
    path = join(arena, {path, path.empty() ? "" : ":", each});
  }
  return path;
}

Error no_namespace_left() {
  return {Fault::limit, 0, "glibc allows 15 capsules in a process, and all are in use"};
}

std::string_view file_of(const Capsule& capsule, std::string_view exposed) {
  for (std::string_view each : capsule.request.at) {
    std::string_view file = each;
    if (split_off(file, '=') == exposed) return file;
  }
  return exposed;
}

bool has_stand_in(const Capsule& capsule, std::string_view name) {
  Locked locked(capsule.lock);
  for (const StandIn& each : capsule.stand_ins) {
    if (each.name == name) return true;
  }
  return false;
}

bool shares(const Capsule& capsule, std::string_view name) {
  if (capsule.adopted) return has_stand_in(capsule, name);
  if (capsule.request.isolated && is_own_glibc(name, capsule.threads_apart)) return false;
  if (plan::is_glibc_family(name)) return true;
  if (plan::contains(capsule.request.keep_private, name)) return false;
  return plan::is_always_shared(name) || plan::contains(capsule.request.share, name) ||
         has_stand_in(capsule, name);
}

}  // namespace bulkhead::capsule
