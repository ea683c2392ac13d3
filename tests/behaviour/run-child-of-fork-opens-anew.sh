#!/bin/bash
# A child of fork, made while another thread opens the capsule, can use the exposed library.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<'END'
#include <unistd.h>
static __attribute__((constructor)) void slow(void) { usleep(600000); }
int exposed(void) { return 7; }
END
program main "$libs/libexposed.so.1" -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int exposed(void);
static pthread_t thread;
static int status;
static void *fork_meanwhile(void *unused) {
  usleep(200000);
  pid_t child = fork();
  if (child == 0) {
    alarm(10);
    _exit(exposed());
  }
  waitpid(child, &status, 0);
  return NULL;
}
static void start(void) { pthread_create(&thread, NULL, fork_meanwhile, NULL); }
__attribute__((section(".preinit_array"))) void (*entry)(void) = start;
int main(void) {
  pthread_join(thread, NULL);
  printf("%d %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1, exposed());
}
END
expect '7 7' run libexposed.so.1 -- ./main
