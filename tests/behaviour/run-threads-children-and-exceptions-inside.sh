#!/bin/bash
# Inside a capsule: threads, thread-locals of private libraries, fork handlers, children, and C++
# with a private libstdc++, whose exceptions are thrown and caught.
. "${0%/*}/lib.sh"

library libprivate.so -ftls-model=global-dynamic <<END
__thread int each = 5;
__thread char large[512] = "x";
int *local(void) { large[1]++; return &each; }
END
language=c++ library libcpp.so <<END
#include <stdexcept>
#include <string>
struct Local { std::string text{"constructed"}; ~Local() { text = "destroyed"; } };
thread_local Local local_text;
static void thrower(int n) { if (n) throw std::runtime_error("thrown inside " + std::to_string(n)); }
extern "C" const char *catcher(int n) {
  static std::string text;
  try { thrower(n); } catch (const std::exception &e) { text = e.what() + (", " + local_text.text); }
  return text.c_str();
}
END
library libinside.so.1 "$libs/libprivate.so" "$libs/libcpp.so" -pthread <<END
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "claims.h"
int *local(void);
const char *catcher(int);
static int forked;
static void child(void) { forked = 1; }
__attribute__((constructor)) static void start(void) { pthread_atfork(NULL, NULL, child); }
static void *body(void *data) {
  for (int i = 0; i < 1000; i++) { ++*local(); free(malloc(i)); }
  catcher(3);
  return (void *)(long)*local();
}
void threads(void) {
  pthread_t all[8];
  long sum = *local();
  for (int i = 0; i < 8; i++) pthread_create(&all[i], NULL, body, NULL);
  for (int i = 0; i < 8; i++) { void *one; pthread_join(all[i], &one); sum += (long)one; }
  CLAIM("thread-locals in eight threads", "%ld", sum);
}
void children(void) {
  int status;
  if (fork() == 0) _exit(forked * 10 + *local());
  wait(&status);
  CLAIM("fork, with its handler", "%d", WEXITSTATUS(status));
  CLAIM("system", "%d", system("echo -n 'executed '"));
  CLAIM("an exception and a thread-local object", "%s", catcher(4));
}
END
cp "$(gcc -print-file-name=libstdc++.so.6)" "$libs/"
program main "$libs/libinside.so.1" <<END
void threads(void), children(void);
int main(void) { threads(); children(); }
END
claims_natively_and_in libinside.so.1 -- ./main <<'END'
thread-locals in eight threads         => 8045
fork, with its handler                 => 15
system                                 => executed 0
an exception and a thread-local object => thrown inside 4, constructed
END
