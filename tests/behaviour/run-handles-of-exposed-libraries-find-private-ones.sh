#!/bin/bash
# dlsym and dlvsym by the handle of an exposed library, or of a library of the program that needs one, find what
# belongs to it natively: also libraries that are private to the capsule. What nobody has is an error as ever.
. "${0%/*}/lib.sh"

echo 'V_1 { global: versioned; local: *; }; V_2 { global: versioned_too; } V_1;' >map
library libdeep.so.1 <<<'int deep(void) { return 1; } int deep_value = 10; __thread int deep_thread = 20;'
library libversioned.so.1 -Wl,--version-script=map <<<'int versioned(void) { return 2; } int versioned_too(void) { return 3; }'
library libmiddle.so.1 -Wl,--no-as-needed "$libs/libdeep.so.1" "$libs/libversioned.so.1" <<<''
library libexposed.so.1 -Wl,--no-as-needed "$libs/libmiddle.so.1" <<<'int exposed(void) { return 4; }'
at=$host library libabove.so.1 -Wl,--no-as-needed "$libs/libexposed.so.1" <<<''
program main "-Wl,-rpath,$host" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include "claims.h"
static int called(void *f) { return f ? ((int (*)(void))f)() : -1; }
static int value(void *at) { return at ? *(int *)at : -1; }
static void ask(void *handle) {
  CLAIM("a function", "%d", called(dlsym(handle, "deep")));
  CLAIM("a variable", "%d", value(dlsym(handle, "deep_value")));
  CLAIM("a thread-local variable", "%d", value(dlsym(handle, "deep_thread")));
  CLAIM("a version", "%d", called(dlvsym(handle, "versioned_too", "V_2")));
  CLAIM("another version", "%d", called(dlvsym(handle, "versioned_too", "V_1")));
  CLAIM("exposed", "%d", called(dlsym(handle, "exposed")));
  dlerror();
  HOLDS("nobody's", !dlsym(handle, "nobodys"));
  const char *text = dlerror();
  HOLDS("its message", text && strstr(text, "undefined symbol: nobodys"));
  dlsym(handle, "deep");
  HOLDS("no message", !dlerror());
}
int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) ask(dlopen(arguments[i], RTLD_NOW));
}
END
claims_natively_and_in libexposed.so.1 -- ./main libexposed.so.1 libabove.so.1 <<END
$(for _ in 1 2; do
    cat <<'END2'
a function              => 1
a variable              => 10
a thread-local variable => 20
a version               => 3
another version         => -1
exposed                 => 4
nobody's                => yes
its message             => yes
no message              => yes
END2
done)
END
