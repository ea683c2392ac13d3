#!/bin/bash
# Capsules can be opened at any time of a process's life: in constructors of a library and of the program,
# in main, in the child of a fork, in functions of atexit and in destructors.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libthing.so.1 <<<'static int count; int thing(void) { return ++count; }'
mkdir -p "$host"
cat >use.h <<'END'
#include <bulkhead/bulkhead.h>
#include <stdio.h>
#include <stdlib.h>
static void use(const char *when, const char *name) {
  bh_capsule_options options = {.size = sizeof options, .tree = getenv("TREE"), .name = name};
  bh_capsule *capsule;
  bh_library *library;
  bh_error *error = 0;
  if (bh_capsule_open(&options, &capsule, &error) != BH_OK ||
      bh_library_open(capsule, "libthing.so.1", 0, &library, &error) != BH_OK) {
    printf("%s: %s\n", when, bh_error_text(error));
    exit(1);
  }
  printf("%s: %s %d\n", when, name, ((int (*)(void))bh_symbol(library, "thing", 0, 0))());
  fflush(stdout);
}
END
at=$host library libearly.so -I. -I"$include" "$products/libbulkhead.so.0" <<'END'
#include "use.h"
__attribute__((constructor)) static void begin(void) { use("a library's constructor", "one"); }
__attribute__((destructor)) static void end(void) { use("a library's destructor", "last"); }
END
caller main -I. -Wl,--no-as-needed "$host/libearly.so" "-Wl,-rpath,$host" <<'END'
#include "use.h"
#include <sys/wait.h>
#include <unistd.h>
__attribute__((constructor)) static void begin(void) { use("a constructor", "one"); }
__attribute__((destructor)) static void end(void) { use("a destructor", "two"); }
static void at_exit(void) { use("atexit", "one"); }
int main(void) {
  atexit(at_exit);
  use("main", "one");
  if (fork() == 0) {
    use("a child", "one");
    use("a child", "of the child");
    _exit(0);
  }
  wait(0);
  return 0;
}
END
expect "a library's constructor: one 1
a constructor: one 2
main: one 3
a child: one 4
a child: of the child 1
atexit: one 4
a destructor: two 1
a library's destructor: last 1" env TREE="$tree" ./main
