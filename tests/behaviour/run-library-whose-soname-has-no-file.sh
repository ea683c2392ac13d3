#!/bin/bash
# A library is exposed by its file's name, or by a path in the tree, where no file has the name that
# it calls itself (a link that an installation script would make): the program finds it by each.
. "${0%/*}/lib.sh"

library libversion.so.1.2.3 -Wl,-soname,libversion.so.1 <<<'int version(void) { return 123; }'
cat >main.c <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **names) {
  for (int i = 1; i < count; i++) {
    void *library = dlopen(names[i], RTLD_NOW);
    int (*version)(void) = library ? (int (*)(void))dlsym(library, "version") : 0;
    printf("%d ", version ? version() : 0);
  }
}
END
program main <main.c
expect "123 123 " run libversion.so.1.2.3 -- ./main libversion.so.1 libversion.so.1.2.3
expect "123 123 " run /usr/lib/libversion.so.1.2.3 -- ./main libversion.so.1.2.3 libversion.so.1
"$bulkhead" shim --tree "$tree" --expose libversion.so.1.2.3 -o shims >/dev/null
expect "123 " env LD_LIBRARY_PATH=shims ./main libversion.so.1
