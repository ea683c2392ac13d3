#!/bin/bash
# Constructors in a capsule may start and join threads, fork, or end the process; exit handlers and
# destructors may open and close libraries.
. "${0%/*}/lib.sh"

library libother.so.1 <<<'int other(void) { return 6; }'
library libfree.so.1 -pthread -ldl <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static int sum;
static void *opened;
static void *body(void *unused) { return (void *)5L; }
static int call(void *handle) { int (*f)(void) = handle ? dlsym(handle, "other") : NULL; return f ? f() : -1; }
__attribute__((constructor)) static void start(void) {
  pthread_t thread;
  void *result;
  int status;
  pthread_create(&thread, NULL, body, NULL);
  pthread_join(thread, &result);
  pid_t child = fork();
  if (child == 0) _exit(call(dlopen("libother.so.1", RTLD_NOW)));
  waitpid(child, &status, 0);
  sum = (long)result * 10 + WEXITSTATUS(status);
  if (getenv("END_EARLY")) { printf("ended early"); exit(4); }
}
static void at_exit(void) { printf("atexit %d ", call(dlopen("libother.so.1", RTLD_NOW))); dlclose(opened); }
__attribute__((destructor)) static void end(void) { printf("destructor %d", call(dlopen("libother.so.1", RTLD_LAZY))); }
int use(void) { atexit(at_exit); opened = dlopen("libother.so.1", RTLD_NOW); return sum; }
END
program main "$libs/libfree.so.1" <<'END'
#include <stdio.h>
int use(void);
int main(void) { printf("%d ", use()); }
END
[[ $(LD_LIBRARY_PATH=$libs ./main) == "56 atexit 6 destructor 6" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
expect "56 atexit 6 destructor 6" run libfree.so.1 -- ./main
status=0
output=$(END_EARLY=1 run libfree.so.1 -- ./main) || status=$?
[[ $status == 4 && $output == "ended early"* ]] || fail "exit $status: $output"
