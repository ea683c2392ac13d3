#!/bin/bash
# An exception that the program throws and catches passes frames of a capsule in which nothing is
# C++; so does the cancelling of a thread.
. "${0%/*}/lib.sh"

library libcalls.so.1 -fexceptions <<<'void call(void (*function)(void)) { function(); __asm__(""); }'
language=c++ program main "$libs/libcalls.so.1" -pthread <<'END'
#include <cstdio>
#include <pthread.h>
#include <stdexcept>
#include <unistd.h>
extern "C" void call(void (*)());
struct Guard { ~Guard() { std::printf("unwound "); } };
static void *body(void *) { Guard guard; call([] { for (;;) pause(); }); return nullptr; }
int main() {
  for (int i = 0; i < 2; i++) {
    try { call([] { Guard guard; throw std::runtime_error("caught"); }); } catch (const std::exception &e) { std::printf("%s, ", e.what()); }
  }
  pthread_t thread;
  void *result;
  pthread_create(&thread, nullptr, body, nullptr);
  usleep(20000);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  std::printf("cancelled %d", result == PTHREAD_CANCELED);
}
END
wanted="unwound caught, unwound caught, unwound cancelled 1"
[[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong"
expect "$wanted" run libcalls.so.1 -- ./main
