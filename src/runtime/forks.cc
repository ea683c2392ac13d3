#include "runtime/forks.h"

#include "base/pause.h"
#include "process/questions.h"

extern "C" int __register_atfork(void (*prepare)(), void (*parent)(), void (*child)(),
                                 void* object);

namespace bulkhead::runtime {
namespace {

using Question = bool (*)();
// Guard: atomic; never changes again.
constinit Question g_another_activates = nullptr;

// Of 100 microseconds, as the kernel's slack makes them.
constexpr int kMoments = 1000;
constexpr int kQuiet = 10;

void before_fork() {
  // An activation ends once when the shim is relocated, and begins again at its turn.
  int quiet = g_another_activates() ? 0 : kQuiet;
  for (int i = 0; i < kMoments && quiet < kQuiet; ++i) {
    pause_thread();
    quiet = g_another_activates() ? 0 : quiet + 1;
  }
  // Nor is any inside dl_iterate_phdr, whose lock glibc does not make free in the child.
  process::iterate_objects([](dl_phdr_info*, std::size_t, void*) { return 1; }, nullptr);
}

}  // namespace

void have_forks_wait(bool (*another_activates)()) {
  if (__atomic_exchange_n(&g_another_activates, another_activates, __ATOMIC_RELAXED) != nullptr) {
    return;
  }
  __register_atfork(&before_fork, nullptr, nullptr, &g_another_activates);
}

}  // namespace bulkhead::runtime
