#!/bin/bash
# Beside a capsule that exposes a library, code in another one opens, finds, lists and closes as it does without; and a
# library of a name that is exposed already is a conflict, whether the program has loaded it or not.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

twin libfoo.so <<<'int foo(void) { return 1; }'
library libother.so <<<'int other(void) { return 5; }'
library libinside.so <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
static int note(struct dl_phdr_info *info, size_t size, void *seen) {
  *(int *)seen += strstr(info->dlpi_name, "libother.so") != 0;
  return 0;
}
const char *inside(void) {
  static char text[200];
  int seen = 0;
  long space = -1;
  void *handle = dlopen("libother.so", RTLD_NOW);
  int (*other)(void) = handle ? dlsym(handle, "other") : 0;
  dl_iterate_phdr(note, &seen);
  dlinfo(handle, RTLD_DI_LMID, &space);
  int answer = other ? other() : 0, closed = dlclose(handle);
  void *again = dlopen("libother.so", RTLD_NOW | RTLD_NOLOAD);
  snprintf(text, sizeof text, "%d, listed %d, %s, closed %d, now %s", answer, seen,
           space > 0 ? "in a namespace" : "in the base", closed, again ? "there" : "gone");
  return text;
}
EOF

caller program <<'EOF'
#include "api-calls.h"
#include "claims.h"
int main(int count, char **arguments) {
  if (*arguments[2]) expose(arguments[1], NAMES("libfoo.so"));
  bh_capsule *second = capsule_with(OPTIONS(.tree = arguments[1], .name = "second"));
  CLAIM("code in another one", "%s", ((const char *(*)(void))symbol_of(library_in(second, "libinside.so"), "inside"))());
  for (int i = 0; *arguments[2] && i < 2; ++i) {
    bh_error *error = 0;
    bh_code code = bh_capsule_open(OPTIONS(.tree = arguments[1], .name = "third", .expose = NAMES("libfoo.so")), &second, &error);
    CLAIM("the same name", "%d, %s", code == BH_CONFLICT, strchr(bh_error_text(error), '(') + 1);
    dlopen("libfoo.so", RTLD_NOW);
  }
}
EOF
LD_LIBRARY_PATH=$host claims ./program "$tree" "" <<'END'
code in another one => 5, listed 1, in a namespace, closed 0, now gone
END
LD_LIBRARY_PATH=$host claims ./program "$tree" exposing <<'END'
code in another one => 5, listed 1, in a namespace, closed 0, now gone
the same name => 1, another capsule exposes a library of that name); open the capsule before the program loads it, or start the program with bulkhead run
the same name => 1, the program has a library of that name loaded already); open the capsule before the program loads it, or start the program with bulkhead run
END
