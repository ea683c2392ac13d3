#!/bin/bash
# --on-failure native, where the tree is gone when the program runs: the shims stand for this system's libraries,
# whose constructors find their own data, and one line on stderr says why.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int counter = 5; int exposed(void) { return 42; } int only_there(void) { return 1; }'
library libsecond.so.1 <<<'int second_data = 1; int second(void) { return 1; }'
native() { at=$host library "$@"; }
# It interposes nothing of its own, needs the other exposed one, and uses both in its constructor.
native libsecond.so.1 <<<'int second_data; __thread int own_of_thread = 5; int second(void) { return 100; }
static __attribute__((constructor)) void start(void) { second_data = 30; }'
# shellcheck disable=SC2016 # the dynamic linker expands it
native libexposed.so.1 "$host/libsecond.so.1" '-Wl,--enable-new-dtags,-rpath,$ORIGIN' <<'END'
extern int second_data;
extern __thread int own_of_thread; // which no shim has
int second(void);
int counter = 7;
static int seen;
int own(void) { return counter; }
int exposed(void) { return seen; }
static __attribute__((constructor)) void start(void) { seen = own() * 1000 + second() + second_data + own_of_thread; counter++; }
END
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1,libsecond.so.1 --on-failure native -o shims
cat >main.c <<'END'
#include "claims.h"
extern int counter;
int exposed(void), only_there(void);
int early;
static void call_early(void) { early = exposed(); }
#ifdef EARLY
__attribute__((section(".preinit_array"))) void (*entry)(void) = call_early;
#endif
int main(int count, char **arguments) {
  if (count > 1) return only_there();
  CLAIM("a function, of what its constructor saw", "%d", exposed());
  CLAIM("a variable", "%d", counter);
  CLAIM("called before main", "%d", early);
}
END
program lazy "$libs/libexposed.so.1" -fPIC -Wl,-z,lazy <main.c
program now "$libs/libexposed.so.1" -fPIC -Wl,-z,now <main.c
program copies "$libs/libexposed.so.1" -no-pie -fno-pic <main.c
program early "$libs/libexposed.so.1" -fPIC -DEARLY <main.c
program by-runpath "$libs/libexposed.so.1" -fPIC -Wl,--enable-new-dtags,-rpath,"$host" <main.c
program by-name <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(int count, char **arguments) {
  void *handle = dlopen("libexposed.so.1", RTLD_NOW);
  if (!handle) return puts(dlerror()), 1;
  int *counter = dlsym(handle, "counter");
  CLAIM("a function, of what its constructor saw", "%d", ((int (*)(void))dlsym(handle, "exposed"))());
  CLAIM("a variable", "%d", *counter);
  CLAIM("called before main", "0");
}
END
answers() { # OF-THE-FUNCTION VARIABLE BEFORE-MAIN COMMAND…
    printf '%s\n' "a function, of what its constructor saw => $1" "a variable => $2" "called before main => $3" | claims "${@:4}"
}
one_line() {
    [[ $(grep -c "^bulkhead: cannot open .*; the program goes on with this system's own libraries$" stderr) -eq 1 ]] ||
        fail "not one line: $(<stderr)"
}
mv "$tree" away
export LD_LIBRARY_PATH=$scratch/shims:$host
answers 7135 8 0 ./lazy && one_line
answers 7135 8 0 ./now && one_line
LD_BIND_NOW=1 answers 7135 8 0 ./lazy && one_line
answers 7135 8 0 ./copies && one_line
answers 7135 8 7135 ./early && one_line
answers 7135 8 0 ./by-name && one_line
refuses "only_there of libexposed.so.1 was called" "stands in" -- ./lazy 1
LD_LIBRARY_PATH=$scratch/shims:shims answers 7135 8 0 ./by-runpath

# Where this system has none either, there is nothing to go on with.
LD_LIBRARY_PATH=$scratch/shims refuses "libexposed.so.1" "this system has no library of that name" -- ./lazy
LD_LIBRARY_PATH=$scratch/shims refuses "this system has no library of that name" -- ./by-name

# With the tree in its place again, it is the tree's.
mv away "$tree"
answers 42 5 0 ./lazy
[[ ! -s stderr ]] || fail "said without a reason: $(<stderr)"
