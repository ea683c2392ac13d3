#!/bin/bash
# A fork while another thread opens an exposed library waits until that is open, so that the child can open libraries; but not
# for ever, where the opening waits for the thread that forks.
. "${0%/*}/lib.sh"

# While ld.so relocates it, it tells that by descriptor 201, takes a while, and reads a byte from 202.
library libslow.so.1 <<'END'
#include <sys/syscall.h>
static long call(long number, long first, const void *second, long third) {
  long result;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(first), "S"(second), "d"(third) : "rcx", "r11", "memory");
  return result;
}
static int g_calls, g_done;
static int is_done(void) { return g_done; }
static void *resolve(void) {
  char go;
  if (g_calls++ != 0) return is_done;
  call(SYS_write, 201, "", 1);
  call(SYS_poll, 0, 0, 30);
  call(SYS_read, 202, &go, 1);
  g_done = 1;
  return is_done;
}
int slow(void) __attribute__((ifunc("resolve")));
int (*pointer)(void) = slow;
END
library libother.so.1 <<'END'
static int ready;
__attribute__((constructor)) static void begin(void) { ready = 1; }
int other(void) { return ready; }
END
library libfirst.so.1 <<<'int first = 1;'
program main -pthread -Wl,--no-as-needed "$libs/libfirst.so.1" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "claims.h"
static int is_fine(const char *file, const char *function) {
  void *library = dlopen(file, RTLD_NOW);
  return library != 0 && ((int (*)(void))dlsym(library, function))();
}
static void *open_slow(void *unused) { return dlopen("libslow.so.1", RTLD_NOW), unused; }
int main(int argc, char **argv) {
  int begun[2], go[2], status = 0;
  char byte = 0;
  pthread_t thread;
  pipe(begun), pipe(go), dup2(begun[1], 201), dup2(go[0], 202);
  int waits = argc > 1;
  if (!waits) write(go[1], &byte, 1);
  pthread_create(&thread, 0, &open_slow, 0);
  read(begun[0], &byte, 1);
  pid_t child = fork();
  if (child == 0) _exit((waits ? 0 : is_fine("libslow.so.1", "slow")) + 2 * is_fine("libother.so.1", "other"));
  waitpid(child, &status, 0);
  if (waits) write(go[1], &byte, 1);
  pthread_join(thread, 0);
  if (!waits) HOLDS("child has what was being opened", status >> 8 & 1);
  HOLDS("child has another", status >> 8 & 2);
  HOLDS("program has it", is_fine("libslow.so.1", "slow"));
}
END

exposed=libslow.so.1,libother.so.1,libfirst.so.1
claims run "$exposed" -- ./main <<'END'
child has what was being opened => yes
child has another => yes
program has it => yes
END
claims run "$exposed" -- ./main waits <<'END'
child has another => yes
program has it => yes
END
