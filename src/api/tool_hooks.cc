// bh_tool_hook: functions of the program that a tool replaces.
#include <bulkhead/tool.h>

#include "api/interface.h"
#include "base/keep_errno.h"
#include "base/list.h"
#include "tool/calls.h"
#include "tool/events.h"

namespace bulkhead::api {
namespace {

static_assert(BH_HOOK_OWN_CALLS == 1);

bh_code check(const bh_hook_request& request, bh_error** error) {
  if (request.name == nullptr || *request.name == '\0') {
    return report_argument("bh_tool_hook: a hook without a name", error);
  }
  if (request.replacement == nullptr) {
    return report_argument("bh_tool_hook: a hook without a replacement", error);
  }
  if ((request.flags & ~unsigned{BH_HOOK_OWN_CALLS}) != 0 || request.reserved != 0) {
    return report_later("bh_tool_hook", "flags", error);
  }
  return BH_OK;
}

tool::Rule rule_of(const bh_hook_request& request) {
  tool::Rule rule;
  rule.name = request.name;
  if (request.version != nullptr) rule.version = request.version;
  if (request.callers != nullptr) rule.callers = request.callers;
  rule.replacement = reinterpret_cast<elf::Addr>(request.replacement);
  rule.original = reinterpret_cast<elf::Addr*>(request.original);
  rule.own_calls = (request.flags & BH_HOOK_OWN_CALLS) != 0;
  return rule;
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_tool_hook(const bh_hook_request* requests,
                                                            size_t count, bh_hook** hooks,
                                                            bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  if (count == 0) return BH_OK;
  if (requests == nullptr || hooks == nullptr) {
    return api::report_argument("bh_tool_hook: null", error);
  }
  const std::size_t size = requests->size;
  Arena arena;
  List<tool::Rule> rules(arena);
  for (std::size_t i = 0; i < count; ++i) {
    bh_hook_request request = {};
    const char* given = reinterpret_cast<const char*>(requests) + i * size;
    if (bh_code code =
            api::read_structure("bh_tool_hook", given, api::kFirstHookRequest, request, error);
        code != BH_OK) {
      return code;
    }
    if (request.size != size) {
      return api::report_argument("bh_tool_hook: structures of different sizes", error);
    }
    if (bh_code code = api::check(request, error); code != BH_OK) return code;
    rules.push_back(api::rule_of(request));
  }
  std::span<tool::Hook*> made = arena.array<tool::Hook*>(count);
  if (Status hooked = tool::hook(arena, tool::own_rules(arena), rules.view(), made); !hooked) {
    return api::report(hooked.error(), error);
  }
  for (std::size_t i = 0; i < count; ++i) hooks[i] = reinterpret_cast<bh_hook*>(made[i]);
  return BH_OK;
}

__attribute__((visibility("default"))) void bh_tool_unhook(bh_hook* hook) {
  using namespace bulkhead;
  KeepErrno keep;
  if (hook == nullptr) return;
  Arena arena;
  tool::unhook(arena, reinterpret_cast<tool::Hook*>(hook));
}
}
