#!/bin/bash
# IFUNCs, weak symbols, aliases, no versions, an old hash table: as with the library itself.
. "${0%/*}/lib.sh"

cat >style.c <<END
static int plain(void) { return 7; }
static void *choose(void) { return plain; }
int chosen(void) __attribute__((ifunc("choose")));
int (*chosen_address(void))(void) { return chosen; }
__attribute__((weak)) int weak_one(void) { return 8; }
int original(void) { return 9; }
int alias(void) __attribute__((alias("original")));
__attribute__((visibility("protected"))) int protected_one(void) { return 10; }
END
echo 'VERS_1 { *; };' >map
cat >main.c <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int chosen(void), (*chosen_address(void))(void), weak_one(void), original(void), alias(void), protected_one(void);
int main(void) {
  int first = chosen();
  CLAIM("an IFUNC", "%d", first);
  CLAIM("a weak function", "%d", weak_one());
  CLAIM("a function", "%d", original());
  CLAIM("its alias", "%d", alias());
  CLAIM("a protected function", "%d", protected_one());
  void *found = dlsym(RTLD_DEFAULT, "chosen");
  HOLDS("one address by dlsym", found == (void *)chosen);
  HOLDS("one address inside", found == (void *)chosen_address());
}
END
cat >wanted.txt <<'END'
an IFUNC             => 7
a weak function      => 8
a function           => 9
its alias            => 9
a protected function => 10
one address by dlsym => yes
one address inside   => yes
END
for style in -Wl,--hash-style=gnu -Wl,--hash-style=sysv -Wl,--hash-style=both -Wl,--version-script=map \
    "-Wl,--hash-style=sysv -Wl,--version-script=map" -Wl,-z,now -Wl,-z,norelro -Wl,-Bsymbolic \
    -Wl,-z,noseparate-code -Wl,-z,max-page-size=65536 -Wl,--strip-all; do
    # shellcheck disable=SC2086 # several options
    library libstyle.so.1 $style <style.c
    program main "$libs/libstyle.so.1" <main.c
    claims_natively_and_in libstyle.so.1 -- ./main <wanted.txt
done

if command -v ld.lld >/dev/null; then
    library libstyle.so.1 -fuse-ld=lld -Wl,--hash-style=gnu,-z,separate-loadable-segments <style.c
    program main "$libs/libstyle.so.1" <main.c
    claims_natively_and_in libstyle.so.1 -- ./main <wanted.txt
fi
