#!/bin/bash
# At exit the program's destructors run before those of the exposed library that it needs: they may
# still call it, and what it needs.
. "${0%/*}/lib.sh"

library libprivate.so <<'END'
#include <stdio.h>
static int open = 1;
int is_open(void) { return open; }
__attribute__((destructor)) static void end(void) { open = 0; printf("-private "); }
END
library libexposed.so.1 "$libs/libprivate.so" <<'END'
#include <stdio.h>
int is_open(void);
static int open = 1;
int state(void) { return open * 10 + is_open(); }
__attribute__((destructor)) static void end(void) { printf("-exposed%d ", state()); open = 0; }
END
at=$host library libofprogram.so "$libs/libexposed.so.1" <<'END'
#include <stdio.h>
int state(void);
void of_program(void) {}
__attribute__((destructor)) static void end(void) { printf("-library%d ", state()); }
END
for options in "" "-Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$host/libofprogram.so" "$libs/libexposed.so.1" "-Wl,-rpath,$host" <<'END'
#include <stdio.h>
int state(void);
void of_program(void);
__attribute__((destructor)) static void end(void) { printf("-program%d ", state()); }
int main(void) { of_program(); printf("main%d ", state()); }
END
    wanted="main11 -program11 -library11 -exposed11 -private "
    [[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
    expect "$wanted" run libexposed.so.1 -- ./main
done
