#include <bulkhead/tool.h>

#include <cstring>

#include "base/keep_errno.h"
#include "base/list.h"
#include "preload/events.h"
#include "runtime/api.h"

namespace bulkhead::runtime {
namespace {

static_assert(BH_HOOK_OWN_CALLS == 1);

const char* fault_of(const bh_hook_request& request) {
  if (request.name == nullptr || *request.name == '\0') return "a hook without a name";
  if (request.replacement == nullptr) return "a hook without a replacement";
  if ((request.flags & ~unsigned{BH_HOOK_OWN_CALLS}) != 0 || request.reserved != 0) {
    return "a hook with flags that this release does not know";
  }
  return nullptr;
}

preload::Rule rule_of(const bh_hook_request& request) {
  preload::Rule rule;
  rule.name = request.name;
  if (request.version != nullptr) rule.version = request.version;
  if (request.callers != nullptr) rule.callers = request.callers;
  rule.replacement = reinterpret_cast<elf::Addr>(request.replacement);
  rule.original = reinterpret_cast<elf::Addr*>(request.original);
  rule.own_calls = (request.flags & BH_HOOK_OWN_CALLS) != 0;
  return rule;
}

}  // namespace
}  // namespace bulkhead::runtime

extern "C" {

__attribute__((visibility("default"))) bh_code bh_tool_hook(const bh_hook_request* requests,
                                                            size_t count, bh_hook** hooks,
                                                            bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  if (count == 0) return BH_OK;
  if (requests == nullptr || hooks == nullptr) {
    return runtime::report_argument("bh_tool_hook: null", error);
  }
  // The caller may know a smaller structure, or a larger one of a later release: the first one's
  // size is that of all.
  std::size_t size = requests->size;
  if (size < sizeof(bh_hook_request)) {
    return runtime::report_argument("bh_tool_hook: a structure without its size", error);
  }
  Arena arena;
  List<preload::Rule> rules(arena);
  for (std::size_t i = 0; i < count; ++i) {
    bh_hook_request request;
    std::memcpy(&request, reinterpret_cast<const char*>(requests) + i * size, sizeof request);
    if (request.size != size) {
      return runtime::report_argument("bh_tool_hook: structures of different sizes", error);
    }
    if (const char* fault = runtime::fault_of(request)) {
      return runtime::report_argument(fault, error);
    }
    rules.push_back(runtime::rule_of(request));
  }
  std::span<preload::Hook*> made = arena.array<preload::Hook*>(count);
  if (Status hooked = preload::hook(arena, rules.view(), made); !hooked) {
    return runtime::report(hooked.error(), error);
  }
  for (std::size_t i = 0; i < count; ++i) hooks[i] = reinterpret_cast<bh_hook*>(made[i]);
  return BH_OK;
}

__attribute__((visibility("default"))) void bh_tool_unhook(bh_hook* hook) {
  using namespace bulkhead;
  KeepErrno keep;
  if (hook == nullptr) return;
  Arena arena;
  preload::unhook(arena, reinterpret_cast<preload::Hook*>(hook));
}
}
