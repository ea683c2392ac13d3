#!/bin/bash
# The environment of an isolated capsule is the program's at any time: set, put, unset, cleared, or
# replaced as a whole, by either side, and also where the program has the variable in room of its
# own (a copy relocation).
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>
#include <time.h>
extern char **__environ;
const char *get(const char *name) { return getenv(name); }
const char *get_secure(const char *name) { return secure_getenv(name); }
int set(const char *name, const char *value) { return setenv(name, value, 1); }
int unset(const char *name) { return unsetenv(name); }
void clear(void) { clearenv(); }
char ***place(void) { return &environ; }
char ***other_place(void) { return &__environ; }
int hour(void) { time_t zero = 0; return localtime(&zero)->tm_hour; }  /* TZ, by libc itself */
END_OF_SOURCE
cat >main.c <<'END_OF_SOURCE'
#include "begin.h"
#include <unistd.h>
const char *get(const char *), *get_secure(const char *);
int set(const char *, const char *), unset(const char *), hour(void);
char ***place(void), ***other_place(void);
void clear(void);
int main(int count, char **arguments) {
  begin(arguments);
  HOLDS("environ", INSIDE(place) == &environ);
  HOLDS("__environ", INSIDE(other_place) == &environ);
  char name[20];
  for (int i = 0; i < 2000; i++) {  /* the array moves */
    sprintf(name, "VARIABLE_%d", i);
    i % 2 ? setenv(name, name, 1) : INSIDE(set, name, name);
  }
  CLAIM("setenv inside, getenv outside", "%s", getenv("VARIABLE_1000"));
  CLAIM("setenv outside, getenv inside", "%s", INSIDE(get, "VARIABLE_1001"));
  CLAIM("setenv outside, secure_getenv inside", "%s", INSIDE(get_secure, "VARIABLE_1"));
  unsetenv("VARIABLE_5");
  INSIDE(unset, "VARIABLE_6");
  HOLDS("unsetenv outside", INSIDE(get, "VARIABLE_5") == NULL);
  HOLDS("unsetenv inside", getenv("VARIABLE_6") == NULL);
  setenv("TZ", "UTC-3", 1);
  CLAIM("TZ, read by libc inside", "%d", INSIDE(hour));
  char *mine[] = {"MINE=1", NULL}, **before = environ;
  environ = mine;
  CLAIM("environ replaced outside", "%s", INSIDE(get, "MINE"));
  environ = before;
  INSIDE(clear);
  HOLDS("clearenv inside, environ", environ == NULL);
  HOLDS("clearenv inside, getenv outside", getenv("VARIABLE_1") == NULL);
}
END_OF_SOURCE
for options in "-fPIE -pie" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    outside c $options <main.c
    isolation_makes_true <<'END'
environ                              => yes
__environ                            => yes
setenv inside, getenv outside        => VARIABLE_1000
setenv outside, getenv inside        => VARIABLE_1001
setenv outside, secure_getenv inside => VARIABLE_1
unsetenv outside                     => yes
unsetenv inside                      => yes
TZ, read by libc inside              => 3
environ replaced outside             => 1
clearenv inside, environ             => yes
clearenv inside, getenv outside      => yes
END
done
