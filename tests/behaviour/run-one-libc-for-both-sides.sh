#!/bin/bash
# There is one libc: heap, errno, stdio, environment and locale are the program's own.
. "${0%/*}/lib.sh"

library libinside.so.1 <<END
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
char *make(void) { return strdup("made inside"); }
void destroy(void *p) { free(p); }
void set_errno(void) { errno = ERANGE; }
void print(FILE *to, const char *text) { fputs(text, to); }
FILE *out(void) { return stdout; }
const char *lookup(const char *name) { return getenv(name); }
void define(const char *name, const char *value) { setenv(name, value, 1); }
const char *numbers(void) { return setlocale(LC_NUMERIC, NULL); }
END
program main "$libs/libinside.so.1" <<END
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "claims.h"
char *make(void); void destroy(void *); void set_errno(void); void print(FILE *, const char *);
FILE *out(void); const char *lookup(const char *), *numbers(void); void define(const char *, const char *);
int main(void) {
  char *text = make();
  CLAIM("made inside, freed outside", "%s", text);
  free(text);
  for (int i = 0; i < 1000; i++) destroy(malloc(i * 50));
  errno = 0; set_errno();
  HOLDS("errno set inside", errno == ERANGE);
  printf("printed outside, ");
  print(stdout, "then inside ");
  HOLDS("one stdout", out() == stdout);
  setenv("FROM_PROGRAM", "1", 1); define("FROM_INSIDE", "2");
  CLAIM("setenv outside, getenv inside", "%s", lookup("FROM_PROGRAM"));
  CLAIM("setenv inside, getenv outside", "%s", getenv("FROM_INSIDE"));
  setlocale(LC_ALL, "C.UTF-8");
  CLAIM("setlocale outside, read inside", "%s", numbers());
}
END
claims_natively_and_in libinside.so.1 -- ./main <<'END'
made inside, freed outside              => made inside
errno set inside                        => yes
printed outside, then inside one stdout => yes
setenv outside, getenv inside           => 1
setenv inside, getenv outside           => 2
setlocale outside, read inside          => C.UTF-8
END

# Copied into a program that is not position-independent: it uses its copies.
program fixed -no-pie -fno-pic "$libs/libinside.so.1" <<END
#include "claims.h"
extern char **environ;
FILE *out(void); const char *lookup(const char *);
int main(void) {
  char *mine[] = {"FROM_PROGRAM=mine", NULL};
  FILE *other = fopen("/dev/null", "w");
  environ = mine;
  CLAIM("environ replaced in its copy", "%s", lookup("FROM_PROGRAM"));
  HOLDS("stdout in its copy", out() == stdout);
  fflush(stdout);
  FILE *old = stdout;
  stdout = other;
  int followed = out() == other;
  fprintf(old, "stdout replaced in its copy => %s", followed ? "yes" : "no");
}
END
claims_natively_and_in libinside.so.1 -- ./fixed <<'END'
environ replaced in its copy => mine
stdout in its copy           => yes
stdout replaced in its copy  => yes
END
