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
#include <stdio.h>
int chosen(void), (*chosen_address(void))(void), weak_one(void), original(void), alias(void), protected_one(void);
int main(void) {
  int first = chosen();
  printf("%d %d %d %d %d, ", first, weak_one(), original(), alias(), protected_one());
  void *found = dlsym(RTLD_DEFAULT, "chosen");
  printf("one address %d", found == (void *)chosen && found == (void *)chosen_address());
}
END
for style in -Wl,--hash-style=gnu -Wl,--hash-style=sysv -Wl,--hash-style=both -Wl,--version-script=map \
    "-Wl,--hash-style=sysv -Wl,--version-script=map" -Wl,-z,now -Wl,-z,norelro -Wl,-Bsymbolic \
    -Wl,-z,noseparate-code -Wl,-z,max-page-size=65536 -Wl,--strip-all; do
    # shellcheck disable=SC2086 # several options
    library libstyle.so.1 $style <style.c
    program main "$libs/libstyle.so.1" <main.c
    expect "7 8 9 9 10, one address 1" run libstyle.so.1 -- ./main
done

if command -v ld.lld >/dev/null; then
    library libstyle.so.1 -fuse-ld=lld -Wl,--hash-style=gnu,-z,separate-loadable-segments <style.c
    program main "$libs/libstyle.so.1" <main.c
    expect "7 8 9 9 10, one address 1" run libstyle.so.1 -- ./main
fi
