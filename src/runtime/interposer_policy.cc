#include "runtime/interposer_policy.h"

#include <errno.h>
#include <fcntl.h>

#include "api/registry.h"
#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "process/questions.h"
#include "shims/interposer.h"
#include "shims/shim.h"
#include "tool/install_policy.h"

namespace bulkhead::runtime {
namespace {

using handoff::ShimHeader;

// The policy's path; empty if there is none. The interposer lies in the directory of the cache.
std::string_view policy_of(Arena& arena, const ShimHeader& shim) {
  Result<handoff::Request> request = handoff::decode(arena, shims::request_of(shim));
  if (!request || request->policy.empty()) return {};
  const link_map* loaded = shims::loaded_shim(shim);
  if (loaded == nullptr) return {};
  return join(arena, {directory_of(process::name_of(loaded)), "/", request->policy});
}

Status install(Arena& arena, std::string_view path,
               std::span<const capsule::Capsule* const> tools) {
  Fd fd(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_system(errno, "cannot be opened", path);
  Result<FileMapping> mapping = FileMapping::of(fd.get());
  if (!mapping) return about(mapping.error(), path);
  return tool::install_policy(arena, mapping->text(), tools);
}

}  // namespace

void install_policy_of(const ShimHeader& interposer) {
  Arena arena;
  std::string_view path = policy_of(arena, interposer);
  if (path.empty()) return;
  List<const capsule::Capsule*> tools(arena);
  for (const ShimHeader* shim : shims::find_all_shims(arena)) {
    if (!shims::is_interposer(*shim) || policy_of(arena, *shim) != path) continue;
    if (!shims::is_initialised(*shim)) return;
    // A thread that a constructor has started is opening it, and waits for ld.so's lock.
    if (!shims::is_settled(*shim)) {
      fatal(join(arena, {"cannot install the seccomp policy before the program begins: another "
                         "thread has called ",
                         shims::soname_of(*shim),
                         " first and is opening it; "
                         "preload the tool without --seccomp"}));
    }
    tools.push_back(api::find_capsule(shims::request_of(*shim)));
  }
  if (Status installed = install(arena, path, tools.view()); !installed) {
    fatal(join(arena, {"cannot install the seccomp policy: ", render(arena, installed.error())}));
  }
}

}  // namespace bulkhead::runtime
