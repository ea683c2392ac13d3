// bh_tool_intercept and bh_tool_install_policy: the program's system calls.
#include <bulkhead/tool.h>

#include "api/interface.h"
#include "base/keep_errno.h"
#include "base/list.h"
#include "intercept/intercept.h"
#include "tool/code.h"
#include "tool/install_policy.h"

namespace bulkhead::api {
namespace {

struct Callbacks {
  bh_verdict (*before)(bh_call* call, void* context);
  void (*after)(bh_call* call, void* context);
  void* context;
};
// Guard: written by the one thread there is, before interception starts.
constinit Callbacks g_callbacks = {};

// A call as callbacks see it, until it goes out of scope: then what they have changed is the
// call's.
class Shown {
 public:
  explicit Shown(intercept::Call& call) : call_(call) {
    shown_.number = call.number;
    for (std::size_t i = 0; i < 6; ++i) shown_.arguments[i] = call.arguments[i];
    shown_.result = call.result;
    shown_.instruction = call.instruction;
  }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;
  ~Shown() {
    call_.number = shown_.number;
    for (std::size_t i = 0; i < 6; ++i) call_.arguments[i] = shown_.arguments[i];
    call_.result = shown_.result;
  }

  bh_call* get() { return &shown_; }

 private:
  intercept::Call& call_;
  bh_call shown_ = {.size = sizeof(bh_call)};
};

intercept::Verdict before(intercept::Call& call, void*) {
  Shown shown(call);
  bh_verdict verdict = g_callbacks.before(shown.get(), g_callbacks.context);
  return verdict == BH_ANSWERED ? intercept::Verdict::answered : intercept::Verdict::pass_on;
}

void after(intercept::Call& call, void*) {
  Shown shown(call);
  g_callbacks.after(shown.get(), g_callbacks.context);
}

bh_code start(const Callbacks& callbacks, uint32_t flags, const void* caller, bh_error** error) {
  Arena arena;
  List<intercept::Range> exempt(arena);
  for (const tool::CodeRange& range : tool::code_of_capsule(arena, caller)) {
    exempt.push_back({range.begin, range.end});
  }
  intercept::Settings settings;
  settings.before = callbacks.before != nullptr ? &before : nullptr;
  settings.after = callbacks.after != nullptr ? &after : nullptr;
  settings.exempt = exempt.view();
  settings.preferred = (flags & BH_INTERCEPT_DISPATCH) != 0 ? intercept::Mechanism::dispatch
                       : (flags & BH_INTERCEPT_FILTER) != 0 ? intercept::Mechanism::filter
                                                            : intercept::Mechanism::automatic;
  // A second call fails, and calls that other threads make meanwhile are the first one's to see.
  if (!intercept::is_started()) g_callbacks = callbacks;
  Result<intercept::Mechanism> started = intercept::start(settings);
  return started ? BH_OK : report(started.error(), error);
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"))) bh_code bh_tool_intercept(
    bh_verdict (*before)(bh_call* call, void* context), void (*after)(bh_call* call, void* context),
    void* context, uint32_t flags, bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  constexpr unsigned kBoth = BH_INTERCEPT_DISPATCH | BH_INTERCEPT_FILTER;
  if ((flags & ~kBoth) != 0) return api::report_later("bh_tool_intercept", "flags", error);
  if (flags == kBoth) {
    return api::report_argument("bh_tool_intercept: flags that exclude each other", error);
  }
  return api::start({before, after, context}, flags, __builtin_return_address(0), error);
}

__attribute__((visibility("default"))) void bh_tool_run(void (*work)(void* data), void* data) {
  if (work != nullptr) bulkhead::intercept::as_tool(work, data);
}

__attribute__((visibility("default"))) bh_code bh_tool_install_policy(const void* policy,
                                                                      size_t size,
                                                                      bh_error** error) {
  using namespace bulkhead;
  KeepErrno keep;
  if (policy == nullptr) return api::report_argument("bh_tool_install_policy: null", error);
  Arena arena;
  const capsule::Capsule* tool = tool::capsule_at(arena, __builtin_return_address(0));
  Status installed = tool::install_policy(arena, {static_cast<const char*>(policy), size},
                                          {&tool, tool != nullptr ? 1U : 0U});
  return installed ? BH_OK : api::report(installed.error(), error);
}
}
