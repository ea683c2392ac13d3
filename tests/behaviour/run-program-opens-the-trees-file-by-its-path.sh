#!/bin/bash
# A program that opens an exposed library by the path of its file in the tree gets the one that is
# there already, not a second one.
. "${0%/*}/lib.sh"

library libprivate.so <<<'int counted; int *count(void) { return ++counted, &counted; }'
library libexposed.so.1 "$libs/libprivate.so" <<<'int *count(void); int exposed(void) { return *count(); }'
cat >main.c <<END
#include <dlfcn.h>
#include "claims.h"
#ifdef LINKED
int exposed(void);
#endif
#ifdef ADDRESS
__attribute__((noinline)) static void *open_by_pointer(const char *file, int mode) {
  void *(*volatile function)(const char *, int) = dlopen;
  return function(file, mode);
}
#define dlopen open_by_pointer
#endif
#ifdef WEAK
#pragma weak dlopen
#endif
static int call(void *handle) { int (*f)(void) = handle ? dlsym(handle, "exposed") : NULL; return f ? f() : -1; }
int main(void) {
  void *name = dlopen("libexposed.so.1", RTLD_NOW), *path = dlopen("$libs/libexposed.so.1", RTLD_NOW);
  CLAIM("by name", "%d", call(name));
  CLAIM("by path, the next number", "%d", call(path));
  HOLDS("one handle", name == path);
}
END
program main "-Wl,-rpath-link,$libs" -ldl <main.c
claims_natively_and_in libexposed.so.1 -- ./main <<'END'
by name                  => 1
by path, the next number => 2
one handle               => yes
END
# Linkers put a reference whose address counts among the definitions, and sometimes have no definitions at all.
for options in -no-pie "-no-pie -DADDRESS" "-fPIE -pie -DADDRESS" "-fPIE -pie -DWEAK"; do
    # shellcheck disable=SC2086 # several words
    program variant $options "-Wl,-rpath-link,$libs" -ldl <main.c
    hold claims.txt run libexposed.so.1 -- ./variant
done

# By the path of this system's file, too, if by name the program gets the tree's; not where it opens
# shims by their own path, and so means this system's.
system=$(realpath "$(gcc -print-file-name=libstdc++.so.6)")
cp "$system" "$libs/libstdc++.so.6"
program which -ldl <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **names) {
  Dl_info info = {0};
  for (int i = 1; i < count; i++) dladdr(dlsym(dlopen(names[i], RTLD_NOW), "_ZSt9terminatev"), &info);
  printf("%s", info.dli_fname);
}
END
expect "$libs/libstdc++.so.6" run libstdc++.so.6 -- ./which libstdc++.so.6 "$system"
"$bulkhead" shim --tree "$tree" --expose libstdc++.so.6 -o shims >/dev/null
[[ $(./which "$PWD/shims/libstdc++.so.6" "$system") != "$libs"/* ]] || fail "this system's cannot be had any more"
