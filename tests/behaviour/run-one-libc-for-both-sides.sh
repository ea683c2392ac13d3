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
char *make(void); void destroy(void *); void set_errno(void); void print(FILE *, const char *);
FILE *out(void); const char *lookup(const char *), *numbers(void); void define(const char *, const char *);
int main(void) {
  char *text = make();
  printf("%s", text);
  free(text);
  for (int i = 0; i < 1000; i++) destroy(malloc(i * 50));
  errno = 0; set_errno();
  printf(", errno %d, ", errno == ERANGE);
  print(stdout, "same buffer");
  printf(", stdout %d, ", out() == stdout);
  setenv("FROM_PROGRAM", "1", 1); define("FROM_INSIDE", "2");
  printf("environment %s %s, ", lookup("FROM_PROGRAM"), getenv("FROM_INSIDE"));
  setlocale(LC_ALL, "C.UTF-8");
  printf("locale %s", numbers());
}
END
wanted="made inside, errno 1, same buffer, stdout 1, environment 1 2, locale C.UTF-8"
expect "$wanted" run libinside.so.1 -- ./main

# Copied into a program that is not position-independent: it uses its copies.
program fixed -no-pie -fno-pic "$libs/libinside.so.1" <<END
#include <stdio.h>
#include <string.h>
extern char **environ;
FILE *out(void); const char *lookup(const char *);
int main(void) {
  char *mine[] = {"FROM_PROGRAM=mine", NULL};
  FILE *other = fopen("/dev/null", "w");
  environ = mine;
  printf("%s, stdout %d, ", lookup("FROM_PROGRAM"), out() == stdout);
  fflush(stdout);
  FILE *old = stdout;
  stdout = other;
  int followed = out() == other;
  fprintf(old, "replaced stdout %d", followed);
}
END
expect "mine, stdout 1, replaced stdout 1" run libinside.so.1 -- ./fixed
