#!/bin/bash
# Thread-local variables that an exposed library exports are used by the program and its libraries,
# in every model and by dlsym, in threads of either side.
. "${0%/*}/lib.sh"

library libtls.so.1 -pthread <<'END'
#include <pthread.h>
__thread int each = 5;
__thread char text[100] = "thread";
void set(int n) { each = n; }
int *address(void) { return &each; }
static void *body(void *f) { ((void (*)(void))f)(); return 0; }
void in_thread(void (*f)(void)) { pthread_t thread; pthread_create(&thread, 0, body, f); pthread_join(thread, 0); }
END
cat >user.c <<'END'
extern __thread int each;
extern __thread char text[];
int *user_address(void) { return text[0] ? &each : 0; }
static int first;
__attribute__((constructor)) static void start(void) { first = each; }
int user_first(void) { return first; }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include "claims.h"
extern __thread int each;
extern __thread char text[];
int *address(void), *user_address(void), user_first(void);
void set(int), in_thread(void (*)(void));
static int *(*late_address)(void);
static void use(void) {
  each++;
  set(*address() + 10);
  text[0]++;
  CLAIM("  changed by both", "%d %s", each, text);
  HOLDS("  address inside", address() == &each);
  HOLDS("  address in a library", user_address() == &each);
  HOLDS("  address in a plugin", late_address() == &each);
  HOLDS("  address by dlsym", dlsym(RTLD_DEFAULT, "each") == &each);
}
static void *body(void *unused) { use(); return NULL; }
int main(void) {
  pthread_t thread;
  void *late = dlopen("liblate.so", RTLD_NOW);
  late_address = dlsym(late, "user_address");
  int (*late_first)(void) = dlsym(late, "user_first");
  CLAIM("in a library's constructor", "%d", user_first());
  CLAIM("in a plugin's constructor", "%d", late_first());
  CLAIM("first thread", "");
  use();
  CLAIM("thread made outside", "");
  pthread_create(&thread, NULL, body, NULL);
  pthread_join(thread, NULL);
  CLAIM("thread made inside", "");
  in_thread(use);
  CLAIM("first thread again", "");
  use();
}
END
addresses() {
    printf '  address %s => yes\n' inside "in a library" "in a plugin" "by dlsym"
}
cat >wanted.txt <<END
in a library's constructor => 5
in a plugin's constructor  => 5
first thread               =>
  changed by both          => 16 uhread
$(addresses)
thread made outside        =>
  changed by both          => 16 uhread
$(addresses)
thread made inside         =>
  changed by both          => 16 uhread
$(addresses)
first thread again         =>
  changed by both          => 27 vhread
$(addresses)
END
models=("-mtls-dialect=gnu" "-mtls-dialect=gnu2" "-ftls-model=initial-exec")
for i in 0 1 2; do
    # shellcheck disable=SC2086 # several options
    at=$host library libuser.so ${models[i]} "$libs/libtls.so.1" <user.c
    at=$host library liblate.so "${models[(i + 1) % 3]}" "$libs/libtls.so.1" <user.c
    for options in "-fPIC -ftls-model=global-dynamic" -fpie "-fno-pic -no-pie"; do
        # shellcheck disable=SC2086 # several options
        program main $options "${models[i]}" "$libs/libtls.so.1" "$host/libuser.so" "-Wl,-rpath,$host" -pthread -ldl <main.c
        claims_natively_and_in libtls.so.1 -- ./main <wanted.txt
        LD_BIND_NOW=1 hold wanted.txt run libtls.so.1 -- ./main
    done
done

# Its constructor uses one before anybody else does.
library libbegins.so.1 <<<'__thread int begun = 1; __attribute__((constructor)) static void begin(void) { begun += 4; }'
at=$host library libuses.so "$libs/libbegins.so.1" <<<'extern __thread int begun; int uses(void) { return ++begun; }'
program begins "$host/libuses.so" "$libs/libbegins.so.1" "-Wl,-rpath,$host" <<<'
#include <stdio.h>
int uses(void); int main(void) { printf("%d", uses()); }'
[[ $(LD_LIBRARY_PATH=$libs ./begins) == 6 ]] || fail "the fixture is wrong"
expect 6 run libbegins.so.1 -- ./begins
