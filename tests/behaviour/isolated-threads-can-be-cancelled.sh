#!/bin/bash
# A thread that runs code of an isolated capsule can be cancelled, by either side, whichever made it,
# while it sleeps or waits: handlers are called and destructors run.
. "${0%/*}/isolated.bash"

inside c++ <<'END_OF_SOURCE'
#include <atomic>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
std::atomic<int> ended, cleaned, destroyed;
struct Ends { int used = 0; ~Ends() { ended++; } };
struct Guard { ~Guard() { destroyed++; } };
thread_local Ends ends;
static void clean(void *) { cleaned++; }
extern "C" {
void *waits(void *how) {
  ends.used = 1;
  Guard guard;
  pthread_cleanup_push(clean, NULL);
  ((void (*)(void))how)();
  for (;;) if (destroyed % 2) usleep(100000); else poll(nullptr, 0, -1);
  pthread_cleanup_pop(0);
  return NULL;
}
pthread_t start(void (*tell)(void)) { pthread_t t; pthread_create(&t, NULL, waits, (void *)tell); return t; }
int cancel(pthread_t t) { return pthread_cancel(t); }
int counts(void) { return ended == cleaned && cleaned == destroyed ? (int)ended : -1; }
}
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
#include <semaphore.h>
void *waits(void *);
pthread_t start(void (*)(void));
int cancel(pthread_t), counts(void);
static sem_t started;
static void tell(void) { sem_post(&started); }
static void at_once(void) { pthread_cancel(pthread_self()); sem_post(&started); }
int main(int count, char **arguments) {
  int cancelled = 0;
  begin(arguments);
  sem_init(&started, 0, 0);
  for (int i = 0; i < 80; i++) {
    pthread_t t;
    void *result = NULL, (*how)(void);
    how = i % 8 < 4 ? tell : at_once;
    if (i % 2) t = INSIDE(start, how); else pthread_create(&t, NULL, inside("waits"), (void *)how);
    sem_wait(&started);
    if (how == tell) i % 4 < 2 ? INSIDE(cancel, t) : pthread_cancel(t);
    pthread_join(t, &result);
    cancelled += result == PTHREAD_CANCELED;
  }
  printf("%d %d\n", cancelled, INSIDE(counts));
}
END_OF_SOURCE
isolation_makes "80 80"
