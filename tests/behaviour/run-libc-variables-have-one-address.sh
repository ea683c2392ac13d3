#!/bin/bash
# Variables of libc have one address on both sides, under every name that they have; programs with copies of
# them (copy relocations), too.
. "${0%/*}/lib.sh"

cat >addresses.h <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
extern char **environ, **_environ, **__environ, *__progname_full;
#define VARIABLES(X)                                                                                      \
  X(environ) X(_environ) X(__environ) X(stdin) X(stdout) X(stderr) X(optarg) X(optind) X(opterr)          \
  X(program_invocation_name) X(__progname_full) X(timezone) X(tzname) X(daylight) X(signgam) X(errno)
END
library libinside.so.1 -I. -lm <<'END'
#include "addresses.h"
#include <string.h>
void *address(const char *name) {
#define ADDRESS(variable) if (strcmp(name, #variable) == 0) return &variable;
  VARIABLES(ADDRESS)
  return NULL;
}
END
cat >main.c <<'END'
#include "addresses.h"
#include "claims.h"
void *address(const char *);
int main(void) {
#define IS_ONE(variable) HOLDS(#variable, address(#variable) == &variable);
  VARIABLES(IS_ONE)
}
END
for options in "-fPIC -Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options -I. "$libs/libinside.so.1" -lm <main.c
    claims_natively_and_in libinside.so.1 -- ./main <<'END'
environ                 => yes
_environ                => yes
__environ               => yes
stdin                   => yes
stdout                  => yes
stderr                  => yes
optarg                  => yes
optind                  => yes
opterr                  => yes
program_invocation_name => yes
__progname_full         => yes
timezone                => yes
tzname                  => yes
daylight                => yes
signgam                 => yes
errno                   => yes
END
done
