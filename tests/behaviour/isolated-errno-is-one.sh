#!/bin/bash
# A call inside an isolated capsule sets the errno that the program sees, in every thread, whichever
# of the capsule's glibc libraries sets it; and what the program sets is seen inside.
. "${0%/*}/isolated.bash"

inside c -lm <<'END_OF_SOURCE'
#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>
volatile double minus = -1;
int of_libc(void) { return close(-1); }
int of_libm(void) { return log(minus) == 0; }
long of_conversion(void) { return strtol("99999999999999999999999", NULL, 10); }
int seen(void) { return errno; }
int *place(void) { return &errno; }
int *other_place(void) { return &h_errno; }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
int of_libc(void), of_libm(void), seen(void), *place(void), *other_place(void);
long of_conversion(void);
static void *check(void *name) {
  errno = 0;
  INSIDE(of_libc);
  printf("%d ", errno == EBADF);
  errno = 0;
  INSIDE(of_libm);
  printf("%d ", errno == EDOM);
  errno = 0;
  INSIDE(of_conversion);
  printf("%d ", errno == ERANGE);
  errno = 77;
  printf("%d ", INSIDE(seen));
  printf("%d %d\n", INSIDE(place) == &errno, INSIDE(other_place) == &h_errno);
  return NULL;
}
static void *wait_and_check(void *barrier) {
  pthread_barrier_wait(barrier);
  return check(NULL);
}
int main(int count, char **arguments) {
  pthread_barrier_t barrier;
  pthread_t earlier, later;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&earlier, NULL, wait_and_check, &barrier);
  begin(arguments);
  check(NULL);
  pthread_barrier_wait(&barrier);
  pthread_join(earlier, NULL);
  pthread_create(&later, NULL, check, NULL);
  pthread_join(later, NULL);
}
END_OF_SOURCE
isolation_makes "1 1 1 77 1 1
1 1 1 77 1 1
1 1 1 77 1 1"
