#!/bin/bash
# A library of the tree that uses thread-local variables of a library which it shares with the
# program has the program's, in every model and thread, with versions and without.
. "${0%/*}/lib.sh"

cat >wanted.txt <<'END'
in a constructor                              => 4
changed by its user                           => 5
one address                                   => yes
one address in a library that is opened later => yes
in a thread, and 10 for dlsym's address       => 15
END
printf 'V1 { global: *; };' >versions
for options in -Wl,--hash-style=gnu -Wl,--hash-style=sysv -Wl,--version-script=versions; do
    at=$host library libshared.so.1 $options <<'END'
__thread int other = 7, each = 4;
int *shared_address(void) { return &each; }
END
    cp "$host/libshared.so.1" "$libs/"
    for model in -mtls-dialect=gnu -mtls-dialect=gnu2 -ftls-model=initial-exec; do
        cat >user.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
extern __thread int each, other;
int *address(void) { return other == 7 ? &each : 0; }
static void *body(void *result) { *(int *)result = ++each + (dlsym(RTLD_DEFAULT, "each") == &each ? 10 : 0); return result; }
int in_thread(void) { pthread_t thread; int result; pthread_create(&thread, 0, body, &result); pthread_join(thread, 0); return result; }
static int first;
__attribute__((constructor)) static void start(void) { first = each; }
int at_first(void) { return first; }
int *late_address(void) { int *(*f)(void) = dlsym(dlopen("liblate.so", RTLD_NOW), "address"); return f ? f() : 0; }
END
        library libexposed.so.1 $model "$libs/libshared.so.1" -pthread -ldl <user.c
        library liblate.so $model "$libs/libshared.so.1" -pthread -ldl <user.c
        program main "$libs/libexposed.so.1" -ldl <<'END'
#include "claims.h"
#include <dlfcn.h>
int *address(void), *late_address(void), in_thread(void), at_first(void);
int main(void) {
  int *(*shared_address)(void) = dlsym(dlopen("libshared.so.1", RTLD_NOW), "shared_address");
  ++*address();
  CLAIM("in a constructor", "%d", at_first());
  CLAIM("changed by its user", "%d", *shared_address());
  HOLDS("one address", address() == shared_address());
  HOLDS("one address in a library that is opened later", late_address() == address());
  CLAIM("in a thread, and 10 for dlsym's address", "%d", in_thread());
}
END
        hold wanted.txt env LD_LIBRARY_PATH="$libs" ./main
        # Where the program does not have it, it is loaded for the capsule.
        LD_LIBRARY_PATH=$host hold wanted.txt run libexposed.so.1 --share libshared.so.1 -- ./main
        LD_LIBRARY_PATH=$host LD_PRELOAD=$host/libshared.so.1 hold wanted.txt run libexposed.so.1 --share libshared.so.1 -- ./main
        LD_LIBRARY_PATH=$host GLIBC_TUNABLES=glibc.rtld.optional_static_tls=0 hold wanted.txt \
            run libexposed.so.1 --share libshared.so.1 -- ./main
    done
done

# The usual one: the function that std::call_once calls is a thread-local variable of libstdc++.
language=c++ library libonce.so.1 -pthread <<'END'
#include <mutex>
static std::once_flag flag;
extern "C" int once() { int n = 1; std::call_once(flag, [&] { n = 2; }); return n; }
END
nm -D "$libs/libonce.so.1" | grep "U _ZSt15__once_callable" >/dev/null || skip "this compiler's std::call_once has no thread-local variables"
library=$(gcc -print-file-name=libstdc++.so.6)
[[ -e $library ]] || library=$(ldconfig -p | sed -n 's/.*libstdc++.so.6 .*x86-64.*=> //p' | sed -n 1p)
cp "$library" "$libs/"
program main "$libs/libonce.so.1" <<'END'
#include <stdio.h>
int once(void);
int main(void) { printf("%d", once()); printf("%d", once()); }
END
expect 21 run libonce.so.1 -- ./main
expect 21 run libonce.so.1 --share libstdc++.so.6 -- ./main
