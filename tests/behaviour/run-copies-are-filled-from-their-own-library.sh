#!/bin/bash
# What an executable copied into itself is filled once, when it starts, from the first library that
# has the name: neither a library that is opened later nor one that comes later overwrites the
# program's variable.
. "${0%/*}/lib.sh"

library libfirst.so <<<'int level = 7; int first(void) { return level; }'
library libsecond.so <<<'int level = 3; int second(void) { return level; }'

program late -fno-pic -no-pie "$libs/libfirst.so" -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
extern int level;
int first(void);
int main(void) {
  level = 42;
  int (*second)(void) = dlsym(dlopen("libsecond.so", RTLD_NOW), "second");
  CLAIM("the program's variable", "%d", level);
  CLAIM("for the first library", "%d", first());
  CLAIM("for the second one", "%d", second());
}
END
for exposed in libsecond.so libfirst.so,libsecond.so; do
    LD_LIBRARY_PATH=$libs claims_natively_and_in "$exposed" -- ./late <<'END'
the program's variable => 42
for the first library  => 42
for the second one     => 42
END
done

program linked -fno-pic -no-pie -Wl,--no-as-needed "$libs/libfirst.so" "$libs/libsecond.so" <<'END'
#include "claims.h"
extern int level;
int first(void), second(void);
int main(void) {
  CLAIM("the program's variable", "%d", level);
  CLAIM("for both libraries", "%d %d", first(), second());
}
END
for exposed in libsecond.so libfirst.so libfirst.so,libsecond.so; do
    LD_LIBRARY_PATH=$libs claims_natively_and_in "$exposed" -- ./linked <<'END'
the program's variable => 7
for both libraries     => 7 7
END
done
# With this system's libraries in place of a capsule, too.
native=$(LD_LIBRARY_PATH=$libs "$bulkhead" run --tree /nowhere --on-failure native --expose libsecond.so -- ./linked 2>/dev/null) ||
    fail "exit $? with this system's libraries"
[[ $native == "$(LD_LIBRARY_PATH=$libs ./linked)" ]] || fail "with this system's libraries: $native"
