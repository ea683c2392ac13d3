#!/bin/bash
# A constructor that asks about the namespace while it is being opened gets the answers that it gets later. (glibc's
# tst-dlopen-constructor-null.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libasks.so.1 '-Wl,-rpath,$ORIGIN' <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
static int answers;
static void *of_itself;
int marker(void) { return 1; }
__attribute__((constructor)) static void begin(void) {
  Dl_info info;
  struct link_map *map = 0;
  Lmid_t space = -9;
  answers = dladdr1((void *)marker, &info, (void **)&map, RTLD_DL_LINKMAP) != 0;
  if (map && dlinfo(map, RTLD_DI_LMID, &space) == 0 && space > 0) answers |= 2;
  if (dlsym(RTLD_DEFAULT, "marker") == (void *)marker) answers |= 4;
  of_itself = dlopen(0, RTLD_NOW);
  if (of_itself) answers |= 8;
  void *self = dlopen("libasks.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (self == map) answers |= 16;
  if (self) dlclose(self);
  answers |= 32;
}
int answer(void) { return answers; }
EOF
module libafter.so.1 -Wl,--no-as-needed "$host/libasks.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int answer(void);
static int answer_then;
__attribute__((constructor)) static void begin(void) { answer_then = answer(); }
int answered_before(void) { return answer_then; }
EOF
both_do <<'EOF'
open a + libasks.so.1  => ok
call a answer          => 63
close a                => ok
open b + libafter.so.1 => ok
call b answered_before => 63
end                    =>
EOF
