// A name of glibc's and what stands for it inside a capsule.
#pragma once

#include <cstdint>
#include <string_view>

#include "arch/machine.h"

namespace bulkhead::capsule {

struct Capsule;

// Whose call it is the entry says at which it arrived (capsule/<cpu>/hooks.S); the return address
// need not: a call at the end of a function leaves that function's caller.
using HookCall = arch::Native::HookCall;

struct Hook {
  std::string_view name;
  // Does the work and returns null when `call.result` is set; or returns the function that the
  // call goes on to, as if it had come there directly. `original`: the base's own, what the mirror
  // would have had.
  const void* (*function)(Capsule& capsule, HookCall& call, const void* original);
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
