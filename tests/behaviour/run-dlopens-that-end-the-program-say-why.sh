#!/bin/bash
# A dlopen of an exposed library that cannot be had returns null, but for some kinds of it, which end the program: each with status 125
# and the reason, never by a signal. (docs/limits.md lists them.)
. "${0%/*}/lib.sh"
library libneeds.so.1 <<<'int needed(void){return 1;}'
library libgone.so "$libs/libneeds.so.1" <<<'int needed(void); int gone(void){return needed() + 5;}'
at=$host library libstays.so -Wl,-z,nodelete <<<'int stays(void){return 1;}'
at=$host library libfirst.so -Wl,-z,initfirst <<<'int first(void){return 1;}'
for kind in stays first; do
    at=$host library "libwith-$kind.so" -Wl,--no-as-needed "$host/lib$kind.so" "$libs/libgone.so" "-Wl,-rpath,$host" <<<'int gone(void); int with(void){return gone();}'
done
"$bulkhead" shim --tree "$tree" --expose libgone.so -o shims
mv "$libs/libneeds.so.1" kept

program opens -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments) {
  void *library = dlopen(arguments[1], RTLD_NOW);
  puts(library ? "there" : dlerror());
  return 0;
}
END
program clears -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  clearenv();
  puts(dlopen("libgone.so", RTLD_NOW) ? "there" : dlerror());
  return 0;
}
END
# Natively each is a null, with a message.
null() { # COMMAND…
    local output
    output=$(LD_LIBRARY_PATH=$libs "$@") || fail "natively $* ended with $?"
    [[ $output == *libneeds.so.1* ]] || fail "natively: $output"
}
ends() { # COMMAND…
    refuses 'cannot open libgone.so of the tree .*libneeds.so.1.*is not in the tree' -- env "LD_LIBRARY_PATH=$PWD/shims" "$@"
}
null ./opens "$host/libwith-stays.so"
ends ./opens "$host/libwith-stays.so"
null ./opens "$host/libwith-first.so"
ends ./opens "$host/libwith-first.so"
null ./clears
ends ./clears

# A program with so many libraries that have thread-local variables that ld.so lists them elsewhere.
objects=()
for ((i = 0; i < 64; i++)); do
    at=$host library "libtls$i.so" <<<"__thread int tls$i; int *of_tls$i(void) { return &tls$i; }"
    objects+=("$host/libtls$i.so")
done
program many -ldl -Wl,--no-as-needed "${objects[@]}" "-Wl,-rpath,$host" <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(void) { puts(dlopen("libgone.so", RTLD_NOW) ? "there" : dlerror()); return 0; }
END
null ./many
ends ./many

# Before glibc 2.36 all do.
if [[ $(printf '%s\n' 2.36 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) != 2.36 ]]; then
    null ./opens libgone.so
    ends ./opens libgone.so
fi
