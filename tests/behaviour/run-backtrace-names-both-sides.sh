#!/bin/bash
# backtrace() and backtrace_symbols() see through the border, both ways, and name the functions of
# the program and of the capsule.
. "${0%/*}/lib.sh"

library libtrace.so.1 <<'END'
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void show(void) {
  void *all[50];
  int count = backtrace(all, 50);
  char **lines = backtrace_symbols(all, count);
  for (int i = 0; i < count; i++) {
    char *name = strrchr(lines[i], '/'), *end = name ? strchr(name, '+') : NULL;
    if (!end) continue;
    *end = 0;
    printf("%s) ", name + 1);
    if (strstr(name, "(main")) break;
  }
  free(lines);
}
void call(void (*function)(void)) { function(); printf("| "); }
END
program main -rdynamic "$libs/libtrace.so.1" <<'END'
void show(void), call(void (*)(void));
void callback(void) { show(); __asm__(""); }
// Through the border three times: main, the capsule, the program, the capsule, the program.
void outer(void) { call(callback); __asm__(""); }
int main(void) { call(outer); call(show); }
END
wanted="libtrace.so.1(show) main(callback) libtrace.so.1(call) main(outer) libtrace.so.1(call) main(main) | \
| libtrace.so.1(show) libtrace.so.1(call) main(main) | "
native=$(LD_LIBRARY_PATH=$libs ./main)
[[ $native == "$wanted" ]] || fail "the fixture is wrong: $native"
expect "$wanted" run libtrace.so.1 -- ./main
