#!/bin/bash
# return, exit, quick_exit, _exit and abort, by the program or in a capsule: the handlers of both
# sides that natively run do run, in that order, buffers are written, and the status is the same.
. "${0%/*}/lib.sh"

library libinside.so.1 <<'END'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void at_exit(void) { printf("in-atexit "); }
static void on(int status, void *text) { printf("in-%s%d ", (char *)text, status); }
static void at_quick(void) { printf("in-quick "); fflush(stdout); }
void register_handlers(void) { atexit(at_exit); on_exit(on, "on"); at_quick_exit(at_quick); }
void ends(char how) {
  printf("buffered ");
  if (how == 'e') exit(3);
  if (how == 'q') quick_exit(4);
  if (how == '_') _exit(5);
  if (how == 'a') abort();
}
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
void register_handlers(void), ends(char);
static void at_exit(void) { printf("atexit "); }
static void from_handler(void) { register_handlers(); printf("late "); }
static void on(int status, void *text) { printf("%s%d ", (char *)text, status); }
static void at_quick(void) { printf("quick "); fflush(stdout); }
int main(int count, char **arguments) {
  atexit(at_exit);
  at_quick_exit(at_quick);
  register_handlers();
  on_exit(on, "on");
  atexit(from_handler);
  if (count > 2) ends(arguments[1][0]);
  printf("buffered ");
  switch (arguments[1][0]) {
  case 'e': exit(3);
  case 'q': quick_exit(4);
  case '_': _exit(5);
  case 'a': abort();
  }
  return 6;
}
END
outcome() { # COMMAND…: what it prints, and its status
    local status=0
    { "$@" || status=$?; } 2>/dev/null
    echo "$status"
}
for options in -fPIC "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" <main.c
    for how in return exit quick _exit abort; do
        for where in "" inside; do
            # shellcheck disable=SC2086 # none, or one
            native=$(LD_LIBRARY_PATH=$libs outcome ./main $how $where)
            # shellcheck disable=SC2086
            expect "$native" outcome run libinside.so.1 -- ./main $how $where
        done
    done
    [[ $native == 134 && $(LD_LIBRARY_PATH=$libs outcome ./main exit in) == "buffered late in-on3 in-atexit on3 in-on3 in-atexit atexit 3" ]] ||
        fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs outcome ./main exit in)"
done
