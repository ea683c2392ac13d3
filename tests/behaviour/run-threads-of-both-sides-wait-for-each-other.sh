#!/bin/bash
# Mutexes, conditions, semaphores, pthread_once, C11 threads and asynchronous cancelling work
# between threads of the program and of a capsule.
. "${0%/*}/lib.sh"

library libwaits.so.1 -pthread <<'END'
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
pthread_mutex_t *mutex(void) { static pthread_mutex_t one = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP; return &one; }
pthread_cond_t *condition(void) { static pthread_cond_t one = PTHREAD_COND_INITIALIZER; return &one; }
static int flag, count;
static void once(void) { count++; }
static void *signals(void *unused) {
  pthread_mutex_lock(mutex());
  flag++;
  pthread_cond_broadcast(condition());
  pthread_mutex_unlock(mutex());
  return NULL;
}
void start_thread(void) { pthread_t thread; pthread_create(&thread, NULL, signals, NULL); pthread_detach(thread); }
int *flag_address(void) { return &flag; }
int counts(void) { static pthread_once_t control = PTHREAD_ONCE_INIT; for (int i = 0; i < 3; i++) pthread_once(&control, once); return count; }
void posts(sem_t *semaphore) { sem_post(semaphore); }
int in_c11(int (*f)(void *)) { thrd_t thread; int result = -1; thrd_create(&thread, f, NULL); thrd_join(thread, &result); return result; }
int is(pthread_t thread) { return pthread_equal(thread, pthread_self()) != 0; }
int locks_twice(void) { return pthread_mutex_lock(mutex()) + pthread_mutex_lock(mutex()) + pthread_mutex_unlock(mutex()) + pthread_mutex_unlock(mutex()); }
void spins(void) { int old; pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old); for (;;) continue; }
END
program main "$libs/libwaits.so.1" -pthread <<'END'
#include <pthread.h>
#include <semaphore.h>
#include "claims.h"
#include <unistd.h>
pthread_mutex_t *mutex(void);
pthread_cond_t *condition(void);
int *flag_address(void), counts(void), in_c11(int (*)(void *)), is(pthread_t), locks_twice(void);
void start_thread(void), posts(sem_t *), spins(void);
static int nine(void *unused) { return 9; }
static void *body(void *unused) { spins(); return NULL; }
int main(void) {
  alarm(20);  // rather than wait for ever
  pthread_mutex_lock(mutex());
  start_thread();
  while (*flag_address() == 0) pthread_cond_wait(condition(), mutex());
  pthread_mutex_unlock(mutex());
  sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  posts(&semaphore);
  CLAIM("a semaphore posted inside", "%d", sem_trywait(&semaphore));
  CLAIM("pthread_once inside, three times", "%d", counts());
  CLAIM("a C11 thread made inside", "%d", in_c11(nine));
  HOLDS("pthread_self inside", is(pthread_self()));
  CLAIM("a recursive mutex inside", "%d", locks_twice());
  pthread_t thread;
  void *result;
  pthread_create(&thread, NULL, body, NULL);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  HOLDS("a thread cancelled inside", result == PTHREAD_CANCELED);
}
END
claims_natively_and_in libwaits.so.1 -- ./main <<'END'
a semaphore posted inside        => 0
pthread_once inside, three times => 1
a C11 thread made inside         => 9
pthread_self inside              => yes
a recursive mutex inside         => 0
a thread cancelled inside        => yes
END
for _ in 1 2 3 4; do hold claims.txt run libwaits.so.1 -- ./main; done
