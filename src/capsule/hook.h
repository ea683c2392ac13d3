// A name of glibc's and what stands for it inside a capsule.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/machine.h"
#include "handoff/handoff.h"

namespace bulkhead::capsule {

class Capsule;

// Whose call it is the entry says at which it arrived (inside/<cpu>/hooks.S); the return address
// need not: a call at the end of a function leaves that function's caller.
using HookCall = arch::Native::HookCall;

struct Hook {
  std::string_view name;
  // Does the work and returns null when `call.result` is set; or returns the function that the
  // call goes on to, as if it had come there directly. `original`: the base's own, what the mirror
  // would have had.
  const void* (*function)(Capsule& capsule, HookCall& call, const void* original);
};

// All hooks, numbered through the groups, and where calls of them arrive. A capsule is made with
// it: what it needs of the layers above is in there.
struct HookTable {
  struct Group {
    std::span<const Hook> (*hooks)();
    // Whether mirrors of a capsule with that request lead to these.
    bool (*is_mirrored)(const handoff::Request& request);
  };
  std::span<const Group> groups;
  // For each capsule that can be registered arch::Native::kMaxHooks entries, of kHookEntrySize
  // bytes each.
  const std::byte* entries;
  // dlsym by the handle of a library in the capsule, for callers outside; dlvsym if there is a
  // version. Null, with a message for dlerror, if there is no such symbol.
  void* (*symbol_by_handle)(Capsule& capsule, void* handle, const char* name, const char* version);
  // The program's dlopen of a file that is the capsule's: see outside/plugins.h. Null, with a
  // message for dlerror, if that fails.
  void* (*open_for_program)(Capsule& capsule, std::string_view path, int mode);
  // Where first calls of late functions arrive (inside/late_calls.h).
  const std::byte* late_call;
  // Where those go on to that are ld.so's: its own entry, which is 0 until it is known.
  std::uintptr_t* binder;
};

template <class T>
T argument(const HookCall& call, unsigned index) {
  return (T)call.arguments[index];  // NOLINT: a pointer or an integer, as the caller meant it
}

template <class T>
const void* done(HookCall& call, T result) {
  call.result = (std::uintptr_t)result;  // NOLINT: the same
  return nullptr;
}

}  // namespace bulkhead::capsule
