// usage: intercept-late LIBOBSERVER dispatch|filter: a tool that comes when there is a second thread
// already is told that it cannot see that one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "case.h"

static int ends[2];
static void *wait_for_ever(void *unused) {
  char byte;
  return read(ends[0], &byte, 1) == 0 ? unused : NULL;
}

int main(int count, char **words) {
  CHECK_EQUAL(count, 3);
  setenv("OBSERVER_MECHANISM", words[2], 1);
  int message[2];
  char said[1000];
  CHECK_EQUAL(pipe(ends), 0);
  CHECK_EQUAL(pipe(message), 0);
  pid_t child = fork();
  if (child == 0) {
    pthread_t thread;
    dup2(message[1], 2);
    CHECK_EQUAL(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
    dlopen(words[1], RTLD_NOW);
    _exit(0);
  }
  int status = -1;
  CHECK_EQUAL(waitpid(child, &status, 0), child);
  close(message[1]);
  ssize_t size = read(message[0], said, sizeof said - 1);
  said[size < 0 ? 0 : size] = 0;
  fputs(said, stderr);
  CHECK(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) return 77;
  CHECK_EQUAL(WEXITSTATUS(status), 3);
  CHECK(strstr(said, "other threads"));
}
