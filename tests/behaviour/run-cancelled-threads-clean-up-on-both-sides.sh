#!/bin/bash
# A thread that is cancelled, or ends itself, in frames of the program, of the capsule, or of both
# runs its cleanup handlers and key destructors of both sides, innermost first.
. "${0%/*}/lib.sh"

library libinside.so.1 -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static pthread_key_t key;
static void destroy(void *value) { printf("in-key%ld ", (long)value); }
static void clean(void *unused) { printf("in-clean "); }
void make_key(void) { pthread_key_create(&key, destroy); }
void set_key(long value) { pthread_setspecific(key, (void *)value); }
void waits(void (*function)(void)) {
  pthread_cleanup_push(clean, NULL);
  if (function) function();
  for (;;) pause();
  pthread_cleanup_pop(0);
}
void ends(void) {
  pthread_cleanup_push(clean, NULL);
  pthread_exit((void *)77L);
  pthread_cleanup_pop(0);
}
static void *body(void *function) { ((void (*)(void))function)(); return NULL; }
pthread_t make_thread(void (*function)(void)) { pthread_t thread; pthread_create(&thread, NULL, body, function); return thread; }
END
cat >main.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
void make_key(void), set_key(long), waits(void (*)(void)), ends(void);
pthread_t make_thread(void (*)(void));
static void clean(void *unused) { printf("clean "); }
static void waits_outside(void) {
  pthread_cleanup_push(clean, NULL);
  for (;;) pause();
  pthread_cleanup_pop(0);
}
static void waits_inside(void) {
  pthread_cleanup_push(clean, NULL);
  set_key(8);
  waits(NULL);
  pthread_cleanup_pop(0);
}
static void waits_twice(void) {
  pthread_cleanup_push(clean, NULL);
  waits(waits_outside);
  pthread_cleanup_pop(0);
}
static void ends_inside(void) {
  pthread_cleanup_push(clean, NULL);
  ends();
  pthread_cleanup_pop(0);
}
static void *body(void *function) { ((void (*)(void))function)(); return NULL; }
int main(void) {
  void (*functions[])(void) = {waits_inside, waits_twice, waits_outside, ends_inside};
  make_key();
  for (int i = 0; i < 8; i++) {
    pthread_t thread;
    void *result;
    if (i < 4) pthread_create(&thread, NULL, body, functions[i]); else thread = make_thread(functions[i - 4]);
    if (i % 4 < 3) { usleep(20000); pthread_cancel(thread); }
    pthread_join(thread, &result);
    if (result == PTHREAD_CANCELED) printf("cancelled, "); else printf("%ld, ", (long)result);
  }
}
END
once="in-clean clean in-key8 cancelled, clean in-clean clean cancelled, clean cancelled, in-clean clean 77, "
for options in -fexceptions "-no-pie -fno-pic" -Wl,-z,now; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" -pthread <main.c
    [[ $(LD_LIBRARY_PATH=$libs ./main) == "$once$once" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
    expect "$once$once" run libinside.so.1 -- ./main
done
