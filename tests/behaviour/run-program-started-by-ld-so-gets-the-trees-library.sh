#!/bin/bash
# `ld.so [OPTION…] PROGRAM`, as wrappers of bundles start their programs, gives the program the tree's libraries; its --library-path
# counts as it does natively, behind the shims, and programs that it starts get what they would get natively.
. "${0%/*}/lib.sh"
library libthing.so.1 <<'END'
int counter = 5;
int thing(void) { return ++counter; }
END
at=$host library libthing.so.1 <<<'int counter = 100; int thing(void) { return 100; }'
mkdir own beside
at=own library libown.so.1 <<<'int own(void) { return 7; }'
at=beside library libbeside.so.1 <<<'int beside(void) { return 8; }'
# Copies the variable; opens a library by its RUNPATH's $ORIGIN.
# shellcheck disable=SC2016 # ld.so expands it
program user -no-pie "$host/libthing.so.1" own/libown.so.1 '-Wl,-rpath,$ORIGIN/beside' <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include "claims.h"
extern int counter;
int thing(void), own(void);
int main(int count, char **arguments) {
  CLAIM("thing", "%d", thing());
  CLAIM("counter", "%d", counter);
  CLAIM("own", "%d", own());
  void *self = dlsym(dlopen(0, RTLD_NOW), "thing");
  CLAIM("by dlsym", "%d", self == (void *)thing);
  CLAIM("beside", "%d", dlopen("libbeside.so.1", RTLD_NOW) != 0);
  CLAIM("argument", "%s", count > 1 ? arguments[1] : "");
}
END
linker=$(readelf -lW user | sed -n 's/.*interpreter: \(.*\)]/\1/p')
cat >claims.txt <<'END'
thing => 6
counter => 6
own => 7
by dlsym => 1
beside => 1
argument => it
END
hold claims.txt "$linker" --library-path "$libs:own" ./user it
hold claims.txt run libthing.so.1 -- "$linker" --library-path "$host:own" ./user it
[[ ! -s stderr ]] || fail "$(<stderr)"
hold claims.txt run libthing.so.1 -- "$linker" --inhibit-cache --library-path "$host:own" ./user it
LD_LIBRARY_PATH=$host:own hold claims.txt run libthing.so.1 -- "$linker" ./user it
# A script that does so itself is past all this, and its reader is told.
printf '#!/bin/sh\nexec %s --library-path %s ./user "$@"\n' "$linker" "$host:own" >script
printf '#!/bin/sh\n# Other programs have an option --library-path, too.\nexec ./user "$@"\n' >harmless
chmod +x script harmless
for time in first second; do
    LD_LIBRARY_PATH=$host:own run libthing.so.1 -- ./script it >out.txt 2>said.txt || fail "the script ended with $?: $(<said.txt)"
    [[ $(grep -c "warning: \./script: seems to call a dynamic linker with --library-path" said.txt) == 1 ]] || fail "the $time start said: $(<said.txt)"
done
LD_LIBRARY_PATH=$host:own hold claims.txt run libthing.so.1 -- ./harmless it
[[ ! -s stderr ]] || fail "$(<stderr)"
# What the path finds is the program's: the plan is made with it.
at=own library libthing.so.1 <<<'int counter = 100; int thing(void) { return 100; } int more(void) { return 1; }'
hold claims.txt run libthing.so.1 -- "$linker" --library-path own ./user it
"$bulkhead" explain --tree "$tree" -e libthing.so.1 -- "$linker" --library-path own ./user it >plan.txt || fail "$(<plan.txt)"

refuses 'user: .* looks for it where libraries are; give the program.s path' -- run libthing.so.1 -- "$linker" user
refuses 'is a shared object, not a program' -- run libthing.so.1 -- "$linker"

# Natively the program's $ORIGIN is where it lies, not where ld.so does.
at=beside library libfar.so.1 <<<'int far_away(void) { return 3; }'
library libfar.so.1 <<<'int far_away(void) { return 4; }'
# shellcheck disable=SC2016 # ld.so expands it
program natively beside/libfar.so.1 '-Wl,-rpath,$ORIGIN/beside' <<<'int far_away(void); int main(void) { return far_away(); }'
"$bulkhead" shim --tree "$tree" --on-failure native --expose libfar.so.1 -o shims
ends() { # STATUS COMMAND…
    local status=0
    "${@:2}" 2>stderr || status=$?
    [[ $status == "$1" ]] || fail "${*:2} ended with $status: $(<stderr)"
}
ends 4 "$linker" --library-path shims ./natively
rm "$libs/libfar.so.1"
ends 3 "$linker" --library-path shims ./natively
