#!/bin/bash
# setuid and its kin inside an isolated capsule change all threads of the process, and do not end it.
. "${0%/*}/isolated.bash"
[[ $(id -u) == 0 ]] || skip "only root can become somebody else"

inside c <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <grp.h>
#include <unistd.h>
int become(int user, int group) { return setgroups(0, 0) || setresgid(group, group, group) || setresuid(user, user, user); }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
int become(int, int);
static sem_t go;
static void *start(void *none) { sem_wait(&go); printf("%d %d\n", geteuid(), getegid()); return NULL; }
int main(int count, char **arguments) {
  pthread_t t;
  sem_init(&go, 0, 0);
  begin(arguments);
  pthread_create(&t, NULL, start, NULL);
  if (INSIDE(become, 12345, 23456)) perror("setresuid");
  sem_post(&go);
  pthread_join(t, NULL);
}
END_OF_SOURCE
isolation_makes "12345 23456"
