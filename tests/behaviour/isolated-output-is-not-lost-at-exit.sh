#!/bin/bash
# What code in an isolated capsule has printed is written at exit, whichever side ends the process and
# how; exit inside runs the program's exit handlers, and writes what the program has printed;
# handlers of both sides run in one order; and what destructors inside print comes
# after all else that was printed inside.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#include <err.h>
#include <error.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
static FILE *file;
void say(const char *text) { fputs(text, stdout); }
void write_file(void) { file = fopen("file", "w"); fputs("kept", file); fwprintf(fopen("wide", "w"), L"kept"); }
void end(int way) {
  if (way == 0) exit(3);
  if (way == 1) errx(3, "errx");
  if (way == 2) error(3, 0, "error");
  if (way == 3) pthread_exit(NULL);
  if (way == 4) quick_exit(3);
}
static void handler(void) { fputs("handler inside\n", stderr); }
void add(void) { atexit(handler); at_quick_exit(handler); }
__attribute__((destructor)) static void last(void) { fputs("destructor inside\n", stdout); }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
void say(const char *), write_file(void), end(int), add(void);
static void first(void) { fputs("first handler\n", stderr); }
static void last(void) { fputs("last handler\n", stderr); INSIDE(say, "from a handler\n"); }
int main(int count, char **arguments) {
  begin(arguments);
  atexit(last);
  INSIDE(add);
  atexit(first);
  INSIDE(write_file);
  printf("outside\n");
  INSIDE(say, "inside\n");
  if (count > 2) INSIDE(end, atoi(arguments[2]));
  return 3;
}
END_OF_SOURCE
check() { # STATUS STDOUT-LINES STDERR-LINES ARGUMENT…
    local status=0
    rm -f file wide
    ./main "${@:4}" >out 2>err || status=$?
    [[ $status == "$1" ]] && [[ $(sort out) == "$(sort <<<"$2")" ]] && [[ $(<err) == "$3" ]]
}
lines=$'outside\ninside\nfrom a handler\ndestructor inside'
handlers=$'first handler\nhandler inside\nlast handler'
told() { echo "ended otherwise: $(<out) $(<err)"; }
check 3 "$lines" "$handlers" isolated || fail "a return from main: $(told)"
# Each side has a buffer, and the program's is written last of all.
[[ $(grep -v outside out | tail -n 1) == "destructor inside" ]] || fail "the destructor printed too early: $(<out)"
[[ $(<file) == kept && $(<wide) == kept ]] || fail "a file was not written to: $(<file) $(<wide)"
check 3 "$lines" "$handlers" isolated 0 || fail "exit inside: $(told)"
check 3 "$lines" $'main: errx\n'"$handlers" isolated 1 || fail "errx inside: $(told)"
check 3 "$lines" $'./main: error\n'"$handlers" isolated 2 || fail "error inside: $(told)"
check 0 "$lines" "$handlers" isolated 3 || fail "pthread_exit inside: $(told)"
check 3 "" "handler inside" isolated 4 || fail "quick_exit inside: $(told)"
for way in "" 0 1 2; do
    # shellcheck disable=SC2086 # no argument if empty
    if check 3 "$lines" "$handlers" plain $way; then fail "plain dlmopen does the same: the test shows nothing"; fi
done
