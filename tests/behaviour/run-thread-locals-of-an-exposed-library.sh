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
#include <stdio.h>
extern __thread int each;
extern __thread char text[];
int *address(void), *user_address(void), user_first(void);
void set(int), in_thread(void (*)(void));
static int *(*late_address)(void);
static void use(void) {
  each++;
  set(*address() + 10);
  text[0]++;
  printf("%d %s %d%d%d%d, ", each, text, address() == &each, user_address() == &each, late_address() == &each,
         dlsym(RTLD_DEFAULT, "each") == &each);
}
static void *body(void *unused) { use(); return NULL; }
int main(void) {
  pthread_t thread;
  void *late = dlopen("liblate.so", RTLD_NOW);
  late_address = dlsym(late, "user_address");
  int (*late_first)(void) = dlsym(late, "user_first");
  printf("%d%d ", user_first(), late_first());
  use();
  pthread_create(&thread, NULL, body, NULL);
  pthread_join(thread, NULL);
  in_thread(use);
  use();
}
END
wanted="55 16 uhread 1111, 16 uhread 1111, 16 uhread 1111, 27 vhread 1111, "
models=("-mtls-dialect=gnu" "-mtls-dialect=gnu2" "-ftls-model=initial-exec")
for i in 0 1 2; do
    # shellcheck disable=SC2086 # several options
    at=$host library libuser.so ${models[i]} "$libs/libtls.so.1" <user.c
    at=$host library liblate.so "${models[(i + 1) % 3]}" "$libs/libtls.so.1" <user.c
    for options in "-fPIC -ftls-model=global-dynamic" -fpie "-fno-pic -no-pie"; do
        # shellcheck disable=SC2086 # several options
        program main $options "${models[i]}" "$libs/libtls.so.1" "$host/libuser.so" "-Wl,-rpath,$host" -pthread -ldl <main.c
        [[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
        expect "$wanted" run libtls.so.1 -- ./main
        expect "$wanted" env LD_BIND_NOW=1 "$bulkhead" run --tree "$tree" --expose libtls.so.1 -- ./main
    done
done

# Opened late, when static room for thread-locals is given out, with threads that are there already;
# by itself, or by a library that uses the variables and is relocated before it.
for dialect in gnu gnu2; do
    at=$host library libuser.so -mtls-dialect=$dialect <user.c
    at=$host library libboth.so -Wl,--no-as-needed "$libs/libtls.so.1" "$host/libuser.so" "-Wl,-rpath,$host" <<<''
    program late -ldl -pthread "-Wl,-rpath,$host" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
static pthread_barrier_t barrier;
static void *handle;
static int *(*address)(void), *(*user_address)(void);
static void look(void) {
  int *each = dlsym(handle, "each");
  printf("%d %d%d ", each ? (*each)++ : -1, each == address(), !user_address || each == user_address());
}
static void *body(void *unused) {
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  look();
  look();
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
  look();
  pthread_barrier_wait(&barrier);
  pthread_join(thread, NULL);
  look();
}
END
    for name in libtls.so.1 libboth.so; do
        # As if ld.so's reserve for descriptors were used up, it makes others.
        for reserve in 512 0; do
            GLIBC_TUNABLES=glibc.rtld.optional_static_tls=$reserve expect "5 11 5 11 6 11 6 11 " run libtls.so.1 -- ./late $name
        done
    done
done
