#!/bin/bash
# Threads made inside an isolated capsule are the program's: both sides lock their heap, streams and
# the rest once there are some; they can be joined by either side; what runs at a
# thread's end is run for both sides; <ctype.h> works in all of them, and so does what libc does
# with its tables. (Long for what a thread may do; one process has it all, as threads are started once.)
. "${0%/*}/isolated.bash"

inside c++ -lrt <<'END_OF_SOURCE'
#include <arpa/inet.h>
#include <atomic>
#include <ctype.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
std::atomic<int> ended;
struct Ends { int used = 0; ~Ends() { ended++; } };
thread_local Ends ends;
extern "C" {
void *work(void *) {
  for (int i = 0; i < 20000; i++) free(realloc(malloc(i % 700 + 1), i % 900 + 1));
  return NULL;
}
int start(pthread_t *all, int count, void *(*function)(void *)) {
  for (int i = 0; i < count; i++) if (pthread_create(&all[i], NULL, function, NULL)) return 1;
  return 0;
}
int end(pthread_t *all, int count) {
  for (int i = 0; i < count; i++) if (pthread_join(all[i], NULL)) return 1;
  return 0;
}
void *uses(void *) { ends.used = 1; return NULL; }
int count_ended() { return ended; }
int classes(void) {
  struct in_addr address;
  struct tm time;
  return isalpha('x') != 0 && toupper('x') == 'X' && inet_aton("127.0.0.1 ", &address) && strptime(" 12 March", "%d %B", &time) != NULL && strcasecmp("AbC", "aBc") == 0;
}
static int run(void *result) { *(int *)result = classes(); return 3; }
int of_c11(void) {
  thrd_t t;
  int value, result;
  if (thrd_create(&t, run, &result) != thrd_success || thrd_join(t, &value) != thrd_success) return 0;
  return result * value;
}
static void notify(sigval value) { *(volatile int *)value.sival_ptr = classes(); }
int of_timer(void) {
  volatile int told = 0;
  timer_t timer;
  sigevent event = {};
  itimerspec when = {{0, 0}, {0, 1000000}};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = notify;
  event.sigev_value.sival_ptr = (void *)&told;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &when, NULL)) return 0;
  for (int i = 0; i < 5000 && !told; i++) usleep(1000);
  return told;
}
static FILE *file;
void *characters(void *) { for (int i = 0; i < 30000; i++) putc('x', file); return NULL; }
long written(void) { return ftell(file); }
void open_file(void) { file = fopen("characters", "w"); }
}
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
void *work(void *), *uses(void *), *characters(void *), open_file(void);
int start(pthread_t *, int, void *(*)(void *)), end(pthread_t *, int), count_ended(void), classes(void), of_c11(void), of_timer(void);
long written(void);
static void *check(void *none) { HOLDS("classes of characters in a thread", INSIDE(classes)); return NULL; }
int main(int count, char **arguments) {
  enum { kThreads = 8 };
  pthread_t all[kThreads], one;
  begin(arguments);
  INSIDE(start, all, kThreads, inside("work"));
  for (int i = 0; i < 200000; i++) free(malloc(i % 800 + 1));
  CLAIM("joined inside", "%d", INSIDE(end, all, kThreads));
  INSIDE(open_file);
  INSIDE(start, all, kThreads, inside("characters"));
  for (int i = 0; i < kThreads; i++) pthread_join(all[i], NULL);
  CLAIM("characters written to one stream", "%ld", INSIDE(written));
  pthread_create(&one, NULL, check, NULL);
  pthread_join(one, NULL);
  CLAIM("C11 threads", "%d", INSIDE(of_c11));
  CLAIM("a timer's thread", "%d", INSIDE(of_timer));
  pthread_create(&one, NULL, inside("uses"), NULL);
  pthread_join(one, NULL);
  INSIDE(start, &one, 1, inside("uses"));
  pthread_join(one, NULL);
  CLAIM("ends of threads seen inside", "%d", INSIDE(count_ended));
}
END_OF_SOURCE
isolation_makes_true <<'END'
joined inside                     => 0
characters written to one stream  => 240000
classes of characters in a thread => yes
C11 threads                       => 3
a timer's thread                  => 1
ends of threads seen inside       => 2
END
for _ in {1..10}; do hold claims.txt ./main isolated; done
