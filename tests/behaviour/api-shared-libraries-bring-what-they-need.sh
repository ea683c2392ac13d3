#!/bin/bash
# In a capsule of the interface a library uses, without listing it, what a shared library that it lists brings, whether
# that is shared as well or not; and by its handle what is shared is found.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libdeep.so.1 <<<'int deep(void) { return 1; } __thread int deep_thread = 20;'
module libmiddle.so.1 -Wl,--no-as-needed "$host/libdeep.so.1" <<<'int middle(void) { return 300; }'
module libshared.so.1 -Wl,--no-as-needed "$host/libmiddle.so.1" <<<''
cp "$host"/lib*.so.1 "$libs"
library libuses.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" <<'END'
int deep(void), middle(void);
extern __thread int deep_thread;
int uses(void) { return deep() + deep_thread + middle(); }
END
library libsilent.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" <<<''
caller program <<'EOF2'
#include "api-calls.h"
#include "claims.h"
static int called(void *f) { return f ? ((int (*)(void))f)() : -1; }
static void ask(bh_capsule *capsule) {
  CLAIM("a library", "%d", called(symbol_of(library_in(capsule, "libuses.so.1"), "uses")));
  bh_library *silent = library_in(capsule, "libsilent.so.1");
  CLAIM("by a handle", "%d", called(dlsym(silent, "deep")));
}
int main(int count, char **arguments) {
  ask(capsule_with(OPTIONS(.tree = arguments[1], .name = "all", .share = NAMES("libshared.so.1", "libmiddle.so.1", "libdeep.so.1"))));
  ask(capsule_with(OPTIONS(.tree = arguments[1], .name = "two", .share = NAMES("libshared.so.1", "libdeep.so.1"))));
}
EOF2
LD_LIBRARY_PATH=$host claims ./program "$tree" <<'END'
a library   => 321
by a handle => 1
a library   => 321
by a handle => 1
END
