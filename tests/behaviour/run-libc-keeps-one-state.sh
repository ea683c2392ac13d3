#!/bin/bash
# What libc remembers between calls (the environment, getopt, strtok, rand, the time zone) is remembered across
# the border.
. "${0%/*}/lib.sh"

library libinside.so.1 -lm <<'END'
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
extern char **__environ;
const char *first(void) { return __environ && *__environ ? *__environ : "none"; }
const char *get(const char *name) { return getenv(name); }
void put(char *text) { putenv(text); }
void clear(void) { clearenv(); }
int next_option(int count, char **arguments) { return getopt(count, arguments, "ab:"); }
char *next_word(void) { return strtok(NULL, ","); }
int random_number(void) { return rand(); }
long zone(void) { tzset(); return timezone; }
double gamma_of(double x) { return lgamma(x); }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "claims.h"
void put(char *), clear(void);

const char *first(void), *get(const char *);
int next_option(int, char **), random_number(void);
char *next_word(void);
long zone(void);
double gamma_of(double);
static void environment(void) {
  char *mine[] = {"mine=1", NULL}, **old = environ;
  environ = mine;
  CLAIM("environ replaced outside", "%s", first());
  environ = old;
  setenv("OUT", "1", 1);
  CLAIM("setenv outside, getenv inside", "%s", get("OUT"));
  put("IN=2");
  CLAIM("putenv inside, getenv outside", "%s", getenv("IN"));
}
static void options(void) {
  char *options[] = {"p", "-a", "-bval", "-a", "rest", NULL};
  CLAIM("getopt outside", "%c", getopt(4, options, "ab:"));
  CLAIM("getopt inside", "%c", next_option(4, options));
  CLAIM("optarg outside", "%s", optarg);
  CLAIM("optind outside", "%d", optind);
}
static void numbers(void) {
  char list[] = "a,b";
  strtok(list, ",");
  CLAIM("strtok goes on inside", "%s", next_word());
  srand(5);
  int random = rand();
  srand(5);
  HOLDS("srand outside, rand inside", random == random_number());
  setenv("TZ", "UTC-3", 1);
  CLAIM("tzset inside, timezone inside", "%ld", zone());
  CLAIM("tzset inside, timezone outside", "%ld", timezone);
  signgam = 0;
  gamma_of(-0.5);
  CLAIM("lgamma inside, signgam outside", "%d", signgam);
}
int main(void) {
  environment();
  options();
  numbers();
  clear();
  HOLDS("clearenv inside", environ == NULL);
}
END
for options in "-fPIC -Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" -lm <main.c
    claims_natively_and_in libinside.so.1 -- ./main <<'END'
environ replaced outside              => mine=1
setenv outside, getenv inside         => 1
putenv inside, getenv outside         => 2
getopt outside                        => a
getopt inside                         => b
optarg outside                        => val
optind outside                        => 3
strtok goes on inside                 => b
srand outside, rand inside            => yes
tzset inside, timezone inside         => -10800
tzset inside, timezone outside        => -10800
lgamma inside, signgam outside        => -1
clearenv inside                       => yes
END
done
