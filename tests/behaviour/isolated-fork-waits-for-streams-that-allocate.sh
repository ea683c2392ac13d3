#!/bin/bash
# With a heap of its own: a thread inside flushes all streams, one of which allocates while it is written (fopencookie),
# and another thread forks. Neither waits for the other for ever.
# shellcheck source=tests/behaviour/isolated.bash
. "${0%/*}/isolated.bash"

inside c <<'EOF'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
static FILE *stream;
static void *volatile memory;
static ssize_t write_it(void *cookie, const char *bytes, size_t size) {
  for (int i = 0; i < 20; ++i) {
    memory = malloc(40);
    free(memory);
  }
  return size;
}
void begin_writing(void) { stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_it}); }
void write_once(void) { fputs("x", stream); fflush(NULL); }
EOF
outside c <<'EOF'
#include "begin.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
void begin_writing(void);
void write_once(void);
static void *write_on(void *function) { for (;;) ((void (*)(void))function)(); }
int main(int count, char **arguments) {
  begin(arguments);
  INSIDE(begin_writing);
  pthread_t thread;
  pthread_create(&thread, NULL, write_on, inside("write_once"));
  for (int i = 0; i < 2000; ++i) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
  }
  puts("forked");
  fflush(stdout);
  _exit(0);
}
EOF
expect forked timeout 60 ./main own-heap
