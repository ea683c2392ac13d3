// What the engine knows, set by start() and read by the signal handler.
#pragma once

#include <signal.h>

#include <cstddef>
#include <cstdint>

#include "intercept/intercept.h"

namespace bulkhead::intercept {

// The kernel's struct sigaction.
struct Action {
  std::uint64_t handler = 0;  // or SIG_DFL, SIG_IGN
  std::uint64_t flags = 0;
  std::uint64_t restorer = 0;
  std::uint64_t mask = 0;
};

struct State {
  bool started = false;
  bool exec_refusal_told = false;
  bool sharing_refusal_told = false;
  bool pid_namespaces = false;  // children may have numbers of another namespace
  Mechanism mechanism = Mechanism::automatic;
  Before before = nullptr;
  After after = nullptr;
  void* context = nullptr;
  Range exempt[kMaxExempt] = {};  // in the order of addresses
  std::size_t exempt_count = 0;
  // The program's, as they would be without us (signals.h).
  Action sigsys, cancel;
};

extern State state;

}  // namespace bulkhead::intercept
