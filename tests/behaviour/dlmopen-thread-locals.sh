#!/bin/bash
# Thread-local variables of libraries in a namespace: of each model and alignment, new in each thread and after
# each opening, for threads that were there before; as many libraries with static ones as ld.so's reserve allows.
# (glibc's tst-tls-ie, tst-tls-ie-dlmopen, tst-tls-surplus, tst-tls13, 14, 19, 20, 21, 23, tst-tlsgap, tst-tlsalign
# and its kin, tst-recursive-tls, tst-dlopen-tlsreinit1 to 4, tst-thrlock, tst-latepthread.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

variable() { # NAME MODEL OPTION…
    module "lib$1.so.1" -ftls-model="$2" -DSET="set_$1" -DZERO="zero_$1" "${@:3}" '-Wl,-rpath,$ORIGIN' <<'EOF'
#include <stdint.h>
#ifndef ALIGNED
#define ALIGNED 8
#endif
#ifndef SIZE
#define SIZE 8
#endif
__thread long SET = 7;
__thread char ZERO[SIZE] __attribute__((aligned(ALIGNED)));
int bump(void) { return (int)++SET; }
int is_sound(void) {
  for (int i = 0; i < SIZE; ++i) if (ZERO[i] != 0) return 0;
  return (uintptr_t)ZERO % ALIGNED == 0;
}
EOF
}
variable dynamic global-dynamic
variable local local-dynamic
variable static initial-exec
variable page global-dynamic -DALIGNED=4096 -DSIZE=5000
variable wide initial-exec -DALIGNED=64 -DSIZE=64
variable empty global-dynamic -DSIZE=0
module libuser.so.1 "$host/libdynamic.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
extern __thread long set_dynamic;
int add(void) { return (int)(set_dynamic += 10); }
EOF

# (Something that stays comes first: plain dlmopen crashes if what was opened first is closed before the rest.)
both_do <<'EOF'
open k + libempty.so.1    => ok
open d k libdynamic.so.1  => ok
call d bump               => 8
open e + libdynamic.so.1  => ok
call e bump               => 8
call d bump               => 9
open u d libuser.so.1     => ok
call u add                => 19
call d bump               => 20
open l d liblocal.so.1    => ok
call l bump               => 8
open s d libstatic.so.1   => ok
call s bump               => 8
call s is_sound           => 1
open p d libpage.so.1     => ok
call p is_sound           => 1
open w d libwide.so.1     => ok
call w is_sound           => 1
close u                   => ok
close d                   => ok
open d l libdynamic.so.1  => ok
call d bump               => 8
close s                   => ok
open s d libstatic.so.1   => ok
call s bump               => 8
end                       =>
EOF

# Threads: of before and after the opening, at once, while libraries come and go.
both threads <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "dlmopen-plain.h"
static pthread_barrier_t opened;
static int (*bump)(void), (*sound)(void);
static void *work(void *unused) {
  pthread_barrier_wait(&opened);
  for (int i = 0; i < 100; ++i)
    if (bump() != 8 + i) return "the wrong variable";
  return sound() ? "sound" : "not sound";
}
static int round_of(const char *file) {
  pthread_t early[4], late;
  void *said;
  pthread_barrier_init(&opened, 0, 5);
  for (int i = 0; i < 4; ++i) pthread_create(&early[i], 0, work, 0);
  void *handle = bh_dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
  if (!handle) return printf("%s", bh_dlerror());
  bump = dlsym(handle, "bump");
  sound = dlsym(handle, "is_sound");
  pthread_barrier_wait(&opened);
  for (int i = 0; i < 4; ++i) {
    pthread_join(early[i], &said);
    if (strcmp(said, "sound") != 0) return printf("early: %s\n", said);
  }
  pthread_barrier_init(&opened, 0, 1);
  pthread_create(&late, 0, work, 0);
  pthread_join(late, &said);
  if (strcmp(said, "sound") != 0) return printf("late: %s\n", said);
  return bh_dlclose(handle);
}
int main(int count, char **arguments) {
  for (int i = 0; i < 8; ++i)
    for (int file = 1; file < count; ++file)
      if (round_of(arguments[file]) != 0) return 1;
  puts("sound");
}
EOF
agree sound threads "$host"/lib{dynamic,local,static,page,wide}.so.1

# An own allocator that has thread-local variables, which dlopen and the thread's first use call.
both allocator <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include "dlmopen-plain.h"
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
static __thread int calls;
void *malloc(size_t size) { ++calls; return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { ++calls; return __libc_calloc(count, size); }
int main(int count, char **arguments) {
  for (int i = 0; i < 3; ++i) {
    void *handle = bh_dlmopen(LM_ID_NEWLM, arguments[1], RTLD_NOW);
    if (!handle) return 1;
    printf("%d ", ((int (*)(void))dlsym(handle, "bump"))());
    bh_dlclose(handle);
  }
}
EOF
agree "8 8 8 " allocator "$host/libdynamic.so.1"

# Library after library that needs static room, each closed again: the room is used again.
for ((i = 0; i < 3; ++i)); do variable "room$i" initial-exec -DSIZE=400; done
both_do <<'EOF'
open k + libempty.so.1  => ok
open a k libroom0.so.1  => ok
open b k libroom1.so.1  => ok
call b bump             => 8
close b                 => ok
close a                 => ok
open b k libroom2.so.1  => ok
call b bump             => 8
call b is_sound         => 1
end                     =>
EOF
for ((i = 0; i < 50; ++i)); do
    printf '%s\n' "open a + libroom$((i % 3)).so.1 => ok" "call a bump => 8" "call a is_sound => 1" "close a => ok"
done >many
echo "end =>" >>many
both_do <many

# More than there is: an error, which with bulkhead has figures, and nothing is broken.
variable much initial-exec -DSIZE=20000
both_do <<'EOF'
open d + libdynamic.so.1  => ok
open m d libmuch.so.1     => error
call d bump               => 8
end                       =>
EOF

# Constructors and destructors see variables that are set anew (glibc's bug 29039 until 2.35: not always).
module libanew.so.1 <<'EOF'
#include <stdio.h>
static __thread int value = 5;
__attribute__((constructor)) static void begin(void) { dprintf(1, "%d ", value); value = 6; }
__attribute__((destructor)) static void end(void) { dprintf(1, "%d ", value); }
EOF
both_do <<'EOF'
open a + libanew.so.1  => 5 ok
close a                => 6 ok
open a + libanew.so.1  => 5 ok
close a                => 6 ok
end                    =>
EOF
