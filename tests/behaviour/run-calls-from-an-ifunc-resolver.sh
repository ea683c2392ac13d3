#!/bin/bash
# The resolver of an IFUNC, which ld.so calls while it is relocating, may call an exposed
# function: the capsule is opened then. As natively its constructors have not run yet.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<'END'
static int ready;
__attribute__((constructor)) static void start(void) { ready = 1; }
int early;
int level(void) { early |= !ready; return 2; }
int was_early(void) { return early && ready; }
int level_of_other(void) { return level() + 1; }
END
cat >chosen.c <<'END'
int level(void);
static int one(void) { return 1; }
static int two(void) { return 2; }
static void *choose(void) { return level() == 2 ? two : one; }
int chosen(void) __attribute__((ifunc("choose")));
int (*in_data)(void) = chosen;
int from_library(void) { return chosen() + in_data(); }
END
cat >main.c <<'END'
#include "claims.h"
int level(void), level_of_other(void), was_early(void), from_library(void);
int (*const in_relro)(void) = level_of_other;
int main(void) {
  CLAIM("chosen by a resolver that calls, twice", "%d", from_library());
  CLAIM("a pointer in RELRO", "%d", in_relro());
  HOLDS("called before it was initialised", was_early());
}
END
printf '%s\n' "chosen by a resolver that calls, twice => 4" "a pointer in RELRO => 3" \
    "called before it was initialised => yes" >wanted.txt
# Through a PLT that is itself not relocated yet a resolver may call nothing, on any system.
for options in "-pie -Wl,-z,now" "-pie -fno-plt" "-no-pie -fno-pic" "-no-pie -fno-pic -Wl,-z,now"; do
    # shellcheck disable=SC2086 # several options
    cat chosen.c main.c | program main $options "$libs/libexposed.so.1"
    hold wanted.txt env LD_LIBRARY_PATH="$libs" ./main
    hold wanted.txt run libexposed.so.1 -- ./main
done
at=$host library libchosen.so -fno-plt "$libs/libexposed.so.1" <chosen.c
program linked -Wl,-z,now "$host/libchosen.so" "$libs/libexposed.so.1" -Wl,-rpath,"$host" <main.c
hold wanted.txt run libexposed.so.1 -- ./linked
program late -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *handle = dlopen("$host/libchosen.so", RTLD_NOW);
  int (*from_library)(void) = handle ? dlsym(handle, "from_library") : NULL;
  printf("%d", from_library ? from_library() : -1);
}
END
expect 4 run libexposed.so.1 -- ./late
