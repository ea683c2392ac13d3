#!/bin/bash
# fork on either side of an isolated capsule runs the handlers of both, in their order, and the child
# can allocate and print, whatever other threads were doing on either side.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void before(void) { write(1, "i", 1); }
static void after(void) { write(1, "p", 1); }
static void child(void) { write(1, "c", 1); }
int add(void) { return pthread_atfork(before, after, child); }
int split(void) { return fork(); }
static FILE *file;
void *busy(void *none) {
  if (!file) file = fopen("/dev/null", "w");
  for (;;) {
    free(malloc(rand() % 2000));
    fprintf(file, "%d", 5);
    fflush(NULL);  /* holds the lock of the list nearly all the time */
  }
}
void use(void) {
  for (int i = 0; i < 100; i++) free(malloc(i * 10));
  fprintf(file, "x");
  fclose(fopen("/dev/null", "w"));
  fflush(NULL);
}
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
int add(void), split(void);
void *busy(void *), use(void);
static void before(void) { write(1, "o", 1); }
static void after(void) { write(1, "P", 1); }
static void child(void) { write(1, "C", 1); }
static void *outer(void *none) { for (;;) free(malloc(rand() % 3000)); }
static int try(int inside_it) {
  int status, id = inside_it ? INSIDE(split) : fork();
  if (id == 0) {
    alarm(4);
    free(malloc(5));
    if (busy) INSIDE(use);
    _exit(0);
  }
  waitpid(id, &status, 0);
  return status;
}
int main(int count, char **arguments) {
  pthread_t t;
  begin(arguments);
  for (int i = 0; i < 4; i++) pthread_create(&t, NULL, i % 2 ? outer : (void *(*)(void *))inside("busy"), NULL);
  usleep(20000);
  for (int i = 0; i < 100; i++) {
    int status = try(i % 2);
    if (status) { printf("the child ended with %x\n", status); return 0; }
  }
  pthread_atfork(before, after, child);
  INSIDE(add);
  try(0);
  write(1, " ", 1);
  try(1);
  _exit(0);
}
END_OF_SOURCE
# The child's handlers and the parent's run at once.
ordered() { "$@" | sed 's/P//g; s/p//g'; }
expect "ioCc ioCc" ordered timeout 60 ./main isolated
output=$(timeout 30 ./main plain 2>&1 | sed 's/P//g; s/p//g') || true
[[ $output != "ioCc ioCc" ]] || fail "plain dlmopen does the same: the test shows nothing"
