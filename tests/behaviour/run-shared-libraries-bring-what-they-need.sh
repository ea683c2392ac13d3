#!/bin/bash
# A library of the tree may use, without listing it, what a shared library that it lists brings: functions, variables,
# thread-locals. It is the base's, unless the tree's library of that name is loaded in the capsule.
. "${0%/*}/lib.sh"

base() { at=$host library "$@"; }
base libdeeper.so.1 <<<'int deeper(void) { return 1; } int deeper_value = 20; __thread int deeper_thread = 300;'
base libbrought.so.1 -Wl,--no-as-needed "$host/libdeeper.so.1" <<<'int brought(void) { return 4; } int both(void) { return 5; }'
base libshared.so.1 -Wl,--no-as-needed "$host/libbrought.so.1" <<<'int shared(void) { return 6; }'
cp "$host"/lib*.so.1 "$libs"
cat >uses.c <<'END'
int deeper(void), brought(void), both(void);
extern int deeper_value;
extern __thread int deeper_thread;
int *at = &deeper_value;
int *uses_at(void) { return at; }
int uses(void) { return deeper() + *at + deeper_thread; }
int uses_others(void) { return 10 * brought() + both(); }
END
library libuses.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" <uses.c
library libexposed.so.1 -Wl,--no-as-needed "$libs/libuses.so.1" <<'END'
#include <dlfcn.h>
int uses(void), uses_others(void), *uses_at(void);
int exposed(void) { return uses(); }
int exposed_others(void) { return uses_others(); }
int *exposed_at(void) { return uses_at(); }
int exposed_later(void) {
  void *handle = dlopen("liblater.so.1", RTLD_NOW);
  int (*later)(void) = handle ? dlsym(handle, "uses") : 0;
  return later ? later() : -1;
}
END
library liblater.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" <uses.c
cat >main.c <<'END'
#include <dlfcn.h>
#include "claims.h"
int exposed(void), exposed_others(void), exposed_later(void), *exposed_at(void);
int main(void) {
  CLAIM("what it brings", "%d", exposed());
  CLAIM("of two", "%d", exposed_others());
  CLAIM("in a library that is opened later", "%d", exposed_later());
  HOLDS("one variable", exposed_at() == dlsym(dlopen("libdeeper.so.1", RTLD_NOW), "deeper_value"));
}
END
cat >wanted <<'END'
what it brings                    => 321
of two                            => 45
in a library that is opened later => 321
one variable                      => yes
END
program main "$libs/libexposed.so.1" <main.c
LD_LIBRARY_PATH=$libs hold wanted ./main
LD_LIBRARY_PATH=$host hold wanted run libexposed.so.1 --share libshared.so.1 -- ./main
# The plan does not miss them.
LD_LIBRARY_PATH=$host run libexposed.so.1 --share libshared.so.1 --no-cache --verbose -- ./main 2>said >/dev/null
! grep -q "nothing in the capsule defines" said || fail "said: $(<said)"

# Nothing is listed that nothing needs.
library libneedless.so.1 -Wl,--no-as-needed "$libs/libshared.so.1" <<<'int shared(void); int exposed(void) { return shared(); }'
program needless "$libs/libneedless.so.1" <<<'int exposed(void), printf(const char *, ...); int main(void) { printf("%d\n", exposed()); }'
LD_LIBRARY_PATH=$host BULKHEAD_DEBUG=open run libneedless.so.1 --share libshared.so.1 -- ./needless >came 2>said
[[ $(<came) == 6 ]] || fail "needless: $(<came)"
! grep "libbrought\|libdeeper" said || fail "listed"

# A library of the tree that needs a private one by name gets the tree's, and so do the others.
library libdeeper.so.1 <<<'int deeper(void) { return 100; } int deeper_value = 200; __thread int deeper_thread = 300;'
library libnames.so.1 -Wl,--no-as-needed "$libs/libdeeper.so.1" <<<'int deeper(void); int names(void) { return deeper(); }'
library libexposed.so.1 -Wl,--no-as-needed "$libs/libuses.so.1" "$libs/libnames.so.1" <<'END'
int names(void), uses(void), uses_others(void);
int exposed(void) { return 1000 * names() + uses(); }
int exposed_others(void) { return uses_others(); }
END
program both "$libs/libexposed.so.1" <<'END'
#include "claims.h"
int exposed(void), exposed_others(void);
int main(void) {
  CLAIM("the tree's", "%d", exposed());
  CLAIM("the base's", "%d", exposed_others());
}
END
LD_LIBRARY_PATH=$host claims run libexposed.so.1 --share libshared.so.1 --private libdeeper.so.1 -- ./both <<'END'
the tree's => 100600
the base's => 45
END
