#!/bin/bash
# Libraries that were linked for an address, callers with text relocations, processes whose
# first thread has ended or that lack standard descriptors: all as usual.
. "${0%/*}/lib.sh"

library libexposed.so.1 -Wl,-Ttext-segment=0x10000000 <<<'int exposed(void) { return 7; }'
program prelinked "$libs/libexposed.so.1" <<<'#include <stdio.h>
int exposed(void); int main(void) { printf("%d", exposed()); }'
expect 7 run libexposed.so.1 -- ./prelinked

if [[ $(uname -m) == x86_64 ]]; then
    at=$host library libtext.so "$libs/libexposed.so.1" -fno-pic -mcmodel=large -Wl,-z,notext <<'END'
int exposed(void);
int text(void) {
  int (*function)(void);
  __asm__("movabs $exposed, %0" : "=r"(function));
  return function();
}
END
    program textrel "$host/libtext.so" -Wl,-rpath,"$host" <<<'#include <stdio.h>
int text(void); int main(void) { printf("%d", text()); }'
    expect 7 run libexposed.so.1 -- ./textrel
fi

library libplugin.so <<<'int plugin(void) { return 3; }'
library libopener.so.1 -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>
static int first_closed = -1;
static __attribute__((constructor)) void look(void) { first_closed = dup(1) < 0; }
int opener(void) {
  void *handle = dlopen("libplugin.so", RTLD_NOW);
  if (!handle) { puts(dlerror()); return -1; }
  return ((int (*)(void))dlsym(handle, "plugin"))();
}
int output_was_closed(void) { return first_closed; }
END
program leaderless "$libs/libopener.so.1" -pthread <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int opener(void);
static void *last(void *unused) { usleep(100000); printf("%d", opener()); exit(0); }
int main(void) { pthread_t thread; pthread_create(&thread, NULL, last, NULL); pthread_exit(NULL); }
END
expect 3 run libopener.so.1 -- ./leaderless

# A constructor in the capsule must not find an image of ours where standard output was.
program silent "$libs/libopener.so.1" <<<'int output_was_closed(void); int main(void) { return output_was_closed(); }'
status=0
run libopener.so.1 -- ./silent >&- || status=$?
[[ $status == 1 ]] || fail "a descriptor of bulkhead stood for standard output"
