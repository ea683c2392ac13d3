#!/bin/bash
# dlsym inside a capsule finds what it would find if the capsule's libraries were the program's: with RTLD_NEXT what comes
# after the caller's library in the order in which the program and its libraries need each other, on either side of the
# border, and never the caller's own function; with RTLD_DEFAULT first the caller's library, if that was linked with
# -Bsymbolic; by the handle of a shared library that library's own definition.
. "${0%/*}/lib.sh"

# Wraps a function of libc's, of an exposed library that comes after it, and of one of this system's.
library libwrap.so.1 -fno-builtin <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
int getegid(void) { int (*next)(void) = dlsym(RTLD_NEXT, "getegid"); return next ? 1000 + (next() >= 0) : -1; }
int of_exposed(void) { int (*next)(void) = dlsym(RTLD_NEXT, "of_exposed"); return next ? 100 + next() : -1; }
int of_system(void) { int (*next)(void) = dlsym(RTLD_NEXT, "of_system"); return next ? 100 + next() : -1; }
int of_nobody(void) { int (*next)(void) = dlsym(RTLD_NEXT, "of_nobody"); return next ? 1 : 0; }
int by_version(void) { int (*next)(void) = dlvsym(RTLD_NEXT, "getegid", "GLIBC_2.2.5"); return next ? next() >= 0 : -1; }
EOF
library libexposed.so.1 <<<'int of_exposed(void) { return 3; }'
at=$host library libsystem.so.1 <<<'int of_system(void) { return 4; }'
# Both of a kind, and the second one asks.
library libfirst.so.1 <<<'int common(void) { return 1; }'
library libbound.so.1 -Wl,-Bsymbolic <<'EOF'
#include <dlfcn.h>
#include <stddef.h>
int common(void) { return 2; }
int bound(void) { int (*found)(void) = dlsym(NULL, "common"); return found ? found() : -1; }
EOF
library libunbound.so.1 <<'EOF'
#include <dlfcn.h>
#include <stddef.h>
int common(void) { return 5; }
int unbound(void) { int (*found)(void) = dlsym(NULL, "common"); return found ? found() : -1; }
EOF
# The program has a function of its own under the name of the shared one's, which the library asks for by its handle.
at=$host library libshared.so.1 <<<'int shared_function(void) { return 6; }'
cp "$host/libshared.so.1" "$libs"
library libasks.so.1 "$libs/libshared.so.1" <<'EOF'
#include <dlfcn.h>
int shared_function(void);
int refers(void) { return shared_function(); }
int asks(void) { int (*found)(void) = dlsym(dlopen("libshared.so.1", RTLD_NOW), "shared_function"); return found ? found() : -1; }
int asks_itself(void) { int (*found)(void) = dlsym(dlopen("libasks.so.1", RTLD_NOW), "shared_function"); return found ? found() : -1; }
EOF
program main -rdynamic -Wl,--no-as-needed "$libs"/lib{wrap,exposed,first,bound,unbound,asks}.so.1 "$host/libsystem.so.1" <<'EOF'
#include "claims.h"
int getegid(void), of_exposed(void), of_system(void), of_nobody(void), by_version(void);
int bound(void), unbound(void), refers(void), asks(void), asks_itself(void);
int shared_function(void) { return 7; }
int main(void) {
  CLAIM("the next one is libc's", "%d", getegid());
  CLAIM("the next one is another exposed library's", "%d", of_exposed());
  CLAIM("the next one is a library's of this system", "%d", of_system());
  CLAIM("there is no next one", "%d", of_nobody());
  CLAIM("the next one of a version", "%d", by_version());
  CLAIM("RTLD_DEFAULT, linked with -Bsymbolic", "%d", bound());
  CLAIM("RTLD_DEFAULT, linked without", "%d", unbound());
  CLAIM("a reference to a shared library's function", "%d", refers());
  CLAIM("by the handle of the shared library", "%d", asks());
  CLAIM("by the handle of a library that needs it", "%d", asks_itself());
}
EOF
cp "$host/libsystem.so.1" "$libs"
export LD_LIBRARY_PATH=$host
claims_natively_and_in libwrap.so.1,libexposed.so.1,libfirst.so.1,libbound.so.1,libunbound.so.1,libasks.so.1 --share libshared.so.1 \
    -- ./main <<'EOF'
the next one is libc's                     => 1001
the next one is another exposed library's  => 103
the next one is a library's of this system => 104
there is no next one                       => 0
the next one of a version                  => 1
RTLD_DEFAULT, linked with -Bsymbolic       => 2
RTLD_DEFAULT, linked without               => 1
a reference to a shared library's function => 7
by the handle of the shared library        => 6
by the handle of a library that needs it   => 6
EOF
