#include "trees/interruption.h"

#include <signal.h>
#include <unistd.h>

#include <initializer_list>

namespace bulkhead::trees {
namespace {

volatile sig_atomic_t g_signal = 0;

void note(int signal) { g_signal = signal; }

}  // namespace

void note_signals() {
  struct sigaction action = {};
  action.sa_handler = note;  // without SA_RESTART: what waits is to be woken
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before;
    // nohup's wish stands.
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    ::sigaction(signal, &action, nullptr);
  }
  ::signal(SIGXFSZ, SIG_IGN);
}

void check_interruption() {
  if (g_signal != 0) throw Interrupted{g_signal};
}

void die_of_it(const Interrupted& interrupted) {
  ::signal(interrupted.signal, SIG_DFL);
  ::raise(interrupted.signal);
  ::_exit(128 + interrupted.signal);
}

}  // namespace bulkhead::trees
