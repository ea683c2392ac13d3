#!/bin/bash
# Streams, their buffers and the locale, of the process and of threads, are one for both sides.
. "${0%/*}/lib.sh"

library libinside.so.1 <<'END'
#define _GNU_SOURCE
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
int print(FILE *to, const char *format, ...) { va_list list; va_start(list, format); return vfprintf(to, format, list); }
void back(FILE *file) { ungetc('u', file); }
FILE *temporary(void) { FILE *file = tmpfile(); fputs("in", file); return file; }
int wide(void) { return MB_CUR_MAX; }
void use(const char *name) { uselocale(newlocale(LC_ALL_MASK, name, NULL)); }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include "claims.h"
int print(FILE *, const char *, ...), wide(void);
void back(FILE *), use(const char *);
FILE *temporary(void);
static void streams(void) {
  char line[99];
  CLAIM("vfprintf inside to stdout", "%d", print(stdout, "%s%d%.1f ", "b", 2, 3.5));
  FILE *file = temporary();
  fputs("out", file);
  print(file, "%d", 34);
  rewind(file);
  CLAIM("fgets of what both wrote", "%s", fgets(line, 4, file));
  back(file);
  CLAIM("fgets after ungetc inside", "%s", fgets(line, 99, file));
}
static void locales(void) {
  setlocale(LC_ALL, "C.UTF-8");
  CLAIM("setlocale outside, MB_CUR_MAX inside", "%d", wide());
  use("C");
  CLAIM("uselocale inside, MB_CUR_MAX outside", "%d", (int)MB_CUR_MAX);
}
int main(void) {
  streams();
  locales();
}
END
for options in "-fPIC -Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" -lm <main.c
    claims_natively_and_in libinside.so.1 -- ./main <<'END'
vfprintf inside to stdout             => b23.5 6
fgets of what both wrote              => ino
fgets after ungetc inside             => uut34
setlocale outside, MB_CUR_MAX inside  => 6
uselocale inside, MB_CUR_MAX outside  => 1
END
done
