#!/bin/bash
# longjmp over the border, contexts of their own stack, signal handlers of either side that call
# the other, also while it is at work: as natively.
. "${0%/*}/lib.sh"

library libinside.so.1 <<'END'
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims.h"
static __thread int each;
int light(int n) { each++; return n; }
int work(int n) {
  for (int i = 0; i < n; i++) { void *p = malloc(100 + i % 50); memset(p, 1, 100); free(p); each++; }
  return n;
}
void jumps(jmp_buf to) { longjmp(to, 6); }
int lands(void (*function)(jmp_buf)) {
  jmp_buf here;
  int value = setjmp(here);
  if (value == 0) function(here);
  return value;
}
static void handler(int number) { HOLDS("a handler inside", number == SIGUSR1); }
void handle(void) { struct sigaction action = {.sa_handler = handler}; sigaction(SIGUSR1, &action, NULL); }
END
program main "$libs/libinside.so.1" <<'END'
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include "claims.h"
int light(int), work(int), lands(void (*)(jmp_buf));
void jumps(jmp_buf), handle(void);
static void jump(jmp_buf to) { longjmp(to, 8); }
static ucontext_t outer, inner;
static char stack[65536];
static void body(void) { CLAIM("a context, first part", "%d", light(1)); swapcontext(&inner, &outer); CLAIM("a context, second part", "%d", work(3)); }
static void on_stack(int number) { CLAIM("a handler on its own stack, into the capsule", "%d", work(2)); }
static volatile int hits;
static void hit(int number) { hits += light(1); }
int main(void) {
  jmp_buf here;
  int value = setjmp(here);
  if (value == 0) jumps(here);
  CLAIM("longjmp inside, out of the capsule", "%d", value);
  CLAIM("longjmp outside, into the capsule", "%d", lands(jump));
  getcontext(&inner);
  inner.uc_stack.ss_sp = stack;
  inner.uc_stack.ss_size = sizeof stack;
  inner.uc_link = &outer;
  makecontext(&inner, body, 0);
  swapcontext(&outer, &inner);
  CLAIM("between the parts", "");
  swapcontext(&outer, &inner);
  handle();
  raise(SIGUSR1);
  stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&other, NULL);
  struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR2, &action, NULL);
  raise(SIGUSR2);
  action = (struct sigaction){.sa_handler = hit, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  for (time_t start = time(NULL); hits < 200 && time(NULL) < start + 20;) work(1000);
  setitimer(ITIMER_REAL, &never, NULL);
  HOLDS("interrupted at work inside, calls inside", hits >= 200);
}
END
claims_natively_and_in libinside.so.1 -- ./main <<'END'
longjmp inside, out of the capsule           => 6
longjmp outside, into the capsule            => 8
a context, first part                        => 1
between the parts                            =>
a context, second part                       => 3
a handler inside                             => yes
a handler on its own stack, into the capsule => 2
interrupted at work inside, calls inside     => yes
END
