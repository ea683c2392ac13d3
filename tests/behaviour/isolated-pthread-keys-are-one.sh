#!/bin/bash
# Keys of thread-specific data made inside an isolated capsule and outside are different keys, and
# each one's destructor gets its own value at the end of a thread, whoever made the thread.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#include <pthread.h>
#include <stdio.h>
#include <threads.h>
static pthread_key_t key;
static tss_t other;
static void end(void *value) { *(char *)value = 'i'; }
int make(void) { return pthread_key_create(&key, end) != 0 || tss_create(&other, end) != thrd_success; }
void set(char *value) { pthread_setspecific(key, value); tss_set(other, value + 1); }
char *get(void) { return pthread_getspecific(key); }
static void *run(void *function) { ((void (*)(void))function)(); return NULL; }
void in_thread(void (*function)(void)) { pthread_t t; pthread_create(&t, NULL, run, (void *)function); pthread_join(t, NULL); }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
int make(void);
void set(char *), in_thread(void (*)(void));
char *get(void);
static pthread_key_t key;
static char values[4];
static void end(void *value) { *(char *)value = 'o'; }
static void use(void) {
  memcpy(values, "...", 4);
  pthread_setspecific(key, values + 2);
  printf("%d ", INSIDE(get) == NULL);
  INSIDE(set, values);
  printf("%d ", pthread_getspecific(key) == values + 2);
  printf("%d ", INSIDE(get) == values);
}
static void *start(void *none) { use(); return NULL; }
int main(int count, char **arguments) {
  pthread_t t;
  pthread_key_create(&key, end);
  begin(arguments);
  INSIDE(make);
  pthread_create(&t, NULL, start, NULL);
  pthread_join(t, NULL);
  puts(values);
  INSIDE(in_thread, use);
  puts(values);
}
END_OF_SOURCE
isolation_makes "1 1 1 iio
1 1 1 iio"
