#!/bin/bash
# A dlopen of an exposed library that cannot be had returns null, and dlerror tells the reason; the program goes
# on, and may try again. The same for a library of the program's that needs it.
. "${0%/*}/lib.sh"
[[ $(printf '%s\n' 2.36 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.36 ]] ||
    skip "before glibc 2.36 a capsule cannot be opened while ld.so relocates a shim"

library libwants.so <<<'int nobody_has_it(void); int wants(void){return nobody_has_it();}'
library libneeds.so.1 <<<'int needed(void){return 1;}'
library libgone.so "$libs/libneeds.so.1" <<<'int needed(void); int gone(void){return needed() + 5;}'
library libfine.so <<<'int fine(void){return 2;}'
at=$host library libplugin.so "$libs/libgone.so" <<'END'
int gone(void), atoi(const char *);
static int number;
__attribute__((constructor)) static void begin(void) { number = atoi("1"); }
int plugin(void) { return gone() + number; }
END

program main <<'END'
#include <dlfcn.h>
#include <string.h>
#include "claims.h"
static void try(const char *what, const char *file, int mode, const char *name) {
  void *library = dlopen(file, mode);
  const char *error = library ? 0 : dlerror();
  if (library) CLAIM(what, "%d", ((int (*)(void))dlsym(library, name))());
  else CLAIM(what, "%s", error && strstr(error, name) ? "null, and the reason" : error);
}
int main(int argc, char **argv) {
  if (argc == 2) try("needs what nobody has", "libwants.so", RTLD_NOW, "nobody_has_it");
  try("needs a library that is gone", "libgone.so", RTLD_NOW, "libneeds.so.1");
  try("plugin that needs it", argv[1], RTLD_NOW, "libneeds.so.1");
  try("another library", "libfine.so", RTLD_NOW, "fine");
  if (argc == 2) {
    rename("kept", "tree/usr/lib/libneeds.so.1");
    try("when it is there", "libgone.so", RTLD_NOW, "gone");
    try("plugin then", argv[1], RTLD_NOW, "plugin");
  }
  fflush(stdout);
}
END

# Shims are made while all is there.
"$bulkhead" shim --tree "$tree" --expose libwants.so,libgone.so,libfine.so -o shims >shims.txt
mv "$libs/libneeds.so.1" kept
claims env "LD_LIBRARY_PATH=$libs" ./main "$host/libplugin.so" <<'END'
needs what nobody has => null, and the reason
needs a library that is gone => null, and the reason
plugin that needs it => null, and the reason
another library => 2
when it is there => 6
plugin then => 7
END
mv "$libs/libneeds.so.1" kept
hold claims.txt env "LD_LIBRARY_PATH=$PWD/shims" ./main "$host/libplugin.so"
mv "$libs/libneeds.so.1" kept

# The program has nothing of bulkhead's afterwards that it could stumble over.
program first <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  CLAIM("first", "%s", dlopen("libgone.so", RTLD_NOW) ? "there" : "null");
  CLAIM("second", "%s", dlopen("libgone.so", RTLD_LAZY) ? "there" : "null");
}
END
claims env "LD_LIBRARY_PATH=$PWD/shims" ./first <<'END'
first => null
second => null
END

# What the program is linked to has to be there.
program linked "$libs/libgone.so" <<<'int gone(void); int main(void){return gone();}'
refuses 'libneeds.so.1.*is not in the tree' -- env "LD_LIBRARY_PATH=$PWD/shims" ./linked

# Beside a library that stays for ever, which was there before, however its relocations are packed.
if [[ $(ld --help) == *pack-relative-relocs* ]]; then
    at=$host library libstays.so -Wl,-z,nodelete,-z,pack-relative-relocs <<<'int stays; int *pointer = &stays;'
    program beside -Wl,--no-as-needed "$host/libstays.so" "-Wl,-rpath,$host" <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) { CLAIM("a dlopen that fails", "%s", dlopen("libwants.so", RTLD_NOW) ? "there" : "null"); }
END
    claims env "LD_LIBRARY_PATH=$libs" ./beside <<<'a dlopen that fails => null'
    hold claims.txt env "LD_LIBRARY_PATH=$PWD/shims" ./beside
fi
