#!/bin/bash
# Thread-local variables of an exposed library that is opened late, when static room for them is given out, with threads
# that are there already; by itself, or by a library that uses the variables and is relocated before it.
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
for thread in "the thread that opened it => 5" "a thread from before => 5" "a thread from before, again => 6" "the thread that opened it, again => 6"; do
    printf '%s\n' "$thread" "  address inside => yes" "  address in the user => yes"
done >wanted.txt
for dialect in gnu gnu2; do
    at=$host library libuser.so -mtls-dialect=$dialect <user.c
    at=$host library libboth.so -Wl,--no-as-needed "$libs/libtls.so.1" "$host/libuser.so" "-Wl,-rpath,$host" <<<''
    program late -ldl -pthread "-Wl,-rpath,$host" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include "claims.h"
static pthread_barrier_t barrier;
static void *handle;
static int *(*address)(void), *(*user_address)(void);
static void look(const char *name) {
  int *each = dlsym(handle, "each");
  CLAIM(name, "%d", each ? (*each)++ : -1);
  HOLDS("  address inside", each == address());
  HOLDS("  address in the user", !user_address || each == user_address());
}
static void *body(void *unused) {
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  look("a thread from before");
  look("a thread from before, again");
  return NULL;
}
int main(int argc, char **argv) {
  pthread_t thread;
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, NULL, body, NULL);
  pthread_barrier_wait(&barrier);
  handle = dlopen(argv[1], RTLD_NOW);
  address = dlsym(handle, "address");
  user_address = dlsym(handle, "user_address");
  look("the thread that opened it");
  pthread_barrier_wait(&barrier);
  pthread_join(thread, NULL);
  look("the thread that opened it, again");
}
END
    for name in libtls.so.1 libboth.so; do
        hold wanted.txt env LD_LIBRARY_PATH="$libs" ./late $name
        # As if ld.so's reserve for descriptors were used up, it makes others.
        for reserve in 512 0; do
            GLIBC_TUNABLES=glibc.rtld.optional_static_tls=$reserve hold wanted.txt run libtls.so.1 -- ./late $name
        done
    done
done
