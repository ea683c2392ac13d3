#!/bin/bash
# An exposed library that the program opens finds what the program defines, and what it opened before with RTLD_GLOBAL;
# its calls find what is opened afterwards and needs the library, and so does dlsym by it.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

twin libmiddle.so -Wl,-z,lazy <<'EOF'
#include <dlfcn.h>
int of_program(void), upper(void);
int calls_program(void) { return of_program(); }
int calls_upper(void) { return upper(); }
int asks_upper(void) {
  int (*found)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "upper");
  return found ? found() : -1;
}
EOF
twin libnow.so -Wl,-z,now <<<'int early(void); int calls_early(void) { return early(); }'
module libupper.so "$libs/libmiddle.so" <<<'int calls_upper(void); int upper(void) { return 7; } int through(void) { return calls_upper(); }'
module libearly.so <<<'int early(void) { return 3; }'
caller program -rdynamic <<'EOF'
#include "api-calls.h"
#include "claims.h"
int of_program(void) { return 42; }
static int call_of(void *library, const char *name) {
  int (*function)(void) = library ? (int (*)(void))dlsym(library, name) : NULL;
  return function ? function() : -1;
}
int main(int count, char **arguments) {
  expose(arguments[1], NAMES("libmiddle.so", "libnow.so"));
  void *middle = dlopen("libmiddle.so", RTLD_LAZY);
  CLAIM("what the program defines", "%d", call_of(middle, "calls_program"));
  CLAIM("what nobody has yet, as it asks itself", "%d", call_of(middle, "asks_upper"));
  void *upper = dlopen("libupper.so", RTLD_LAZY);
  CLAIM("what needs the library, called from it", "%d", call_of(upper, "through"));
  CLAIM("as it asks itself", "%d", call_of(middle, "asks_upper"));
  dlopen("libearly.so", RTLD_NOW | RTLD_GLOBAL);
  CLAIM("what was made global before", "%d", call_of(dlopen("libnow.so", RTLD_NOW), "calls_early"));
}
EOF
claims_natively_and_exposed ./program <<'EOF'
what the program defines => 42
what nobody has yet, as it asks itself => -1
what needs the library, called from it => 7
as it asks itself => 7
what was made global before => 3
EOF
