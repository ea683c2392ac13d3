#!/bin/bash
# Each symbol that is not found, and each closing that fails, tells a code and a sentence; nobody has to ask for it.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libgood.so.1 -Wl,--defsym=none=0 <<'EOF'
#include <stdio.h>
__thread int mine = 4;
int good(void) { return puts("") >= 0; }
EOF
library libneeds.so.1 "$libs/libgood.so.1" <<<'int good(void); int f(void) { return good(); }'
caller errors <<'EOF'
#include "api-attempts.h"
#include "claims.h"
int main(int count, char **arguments) {
  bh_error *error = 0;
  bh_code code;
  capsule = capsule_with(OPTIONS(.tree = arguments[1]));
  bh_library *good = library_in(capsule, "libgood.so.1"), *needs = library_in(capsule, "libneeds.so.1");
  errno = 77;
  attempt_symbol("found", good, "good", 0, "");
  attempt_symbol("found in what it needs", needs, "good", 0, "");
  attempt_symbol("not that version", good, "good", "VERSION_1", "good");
  attempt_symbol("absent", good, "absent", 0, "absent");
  attempt_symbol("thread-local", good, "mine", 0, "");
  attempt_symbol("its value is null", good, "none", 0, "");
  attempt_symbol("no library", 0, "good", 0, "null");
  attempt_symbol("no name", good, 0, 0, "null");
  bh_library_close(good, 0);
  bh_library_close(needs, 0);
  error = 0;
  code = bh_library_close(good, &error);
  tell("closed again", code, error, "not open");
  error = 0;
  code = bh_library_close((bh_library *)&error, &error);
  tell("something else", code, error, "not open");
  error = 0;
  code = bh_library_close(0, &error);
  tell("nothing", code, error, "not open");

  // Nobody wants to know.
  CLAIM("nobody asks, a library", "%s", codes[bh_library_open(capsule, "libabsent.so.1", 0, &good, 0)]);
  CLAIM("nobody asks, a capsule", "%s", codes[bh_capsule_open(OPTIONS(.tree = "x"), &capsule, 0)]);
  HOLDS("nobody asks, a symbol", bh_symbol(needs = library_in(capsule, "libgood.so.1"), "absent", 0, 0) == 0);
  bh_error_free(0);
  bh_capsule_close(0);
  CLAIM("no error", "%s", codes[bh_error_code(0)]);
  HOLDS("the version", bh_version() == BH_VERSION);
}
EOF
claims ./errors "$tree" <<'END'
found                  => OK
found in what it needs => OK
not that version       => MISSING
absent                 => MISSING
thread-local           => OK
its value is null      => OK
no library             => ARGUMENT
no name                => ARGUMENT
closed again           => ARGUMENT
something else         => ARGUMENT
nothing                => ARGUMENT
nobody asks, a library => MISSING
nobody asks, a capsule => ARGUMENT
nobody asks, a symbol  => yes
no error               => OK
the version            => yes
END
