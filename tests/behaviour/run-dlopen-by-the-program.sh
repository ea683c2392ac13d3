#!/bin/bash
# The program opens an exposed library by its name, or a plugin of its own that needs one, in any
# mode: from then on it is bound to the tree's library directly.
. "${0%/*}/lib.sh"

library libprivate.so <<<'int private_one(void) { return 1; }'
library libexposed.so.1 "$libs/libprivate.so" <<END
int private_one(void);
int exposed(void) { return private_one() + 1; }
int exposed_variable = 6;
END
at=$host library libplugin.so "$libs/libexposed.so.1" <<END
int exposed(void);
extern int exposed_variable;
int (*in_data)(void) = exposed;
int plugin(void) { return exposed() + (in_data == exposed) + exposed_variable; }
void *address(void) { return exposed; }
END
cat >main.c <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
#include <string.h>
static int in_tree(void *function) {
  Dl_info info;
  return dladdr(function, &info) != 0 && strcmp(info.dli_fname, "$libs/libexposed.so.1") == 0;
}
#ifdef LINKED
int exposed(void);
void *linked = exposed;
#endif
int main(int count, char **arguments) {
  int mode = 0;
  for (int i = 1; i < count; i++) {
    if (!strcmp(arguments[i], "now")) mode |= RTLD_NOW;
    if (!strcmp(arguments[i], "lazy")) mode |= RTLD_LAZY;
    if (!strcmp(arguments[i], "global")) mode |= RTLD_GLOBAL;
    if (!strcmp(arguments[i], "deep")) mode |= RTLD_DEEPBIND;
  }
  void *plugin = dlopen("$host/libplugin.so", mode), *again = dlopen("libexposed.so.1", mode);
  if (!plugin || !again) { puts(dlerror()); return 1; }
  int (*call)(void) = dlsym(plugin, "plugin"), (*exposed_one)(void) = dlsym(again, "exposed");
  void *(*address)(void) = dlsym(plugin, "address");
  CLAIM("by a plugin", "%d", call());
  CLAIM("by the program", "%d", exposed_one());
  HOLDS("the address is the tree's", in_tree(address()));
  HOLDS("one address", address() == (void *)exposed_one);
  HOLDS("what is private is found", dlsym(again, "private_one"));
}
END
cat >wanted.txt <<'END'
by a plugin               => 9
by the program            => 2
the address is the tree's => yes
one address               => yes
what is private is found  => yes
END
program main -ldl <main.c
program linked -DLINKED "$libs/libexposed.so.1" -ldl <main.c
for mode in "now" "lazy" "now global" "lazy deep" "now deep"; do
    for name in main linked; do
        # shellcheck disable=SC2086 # several words
        hold wanted.txt run libexposed.so.1 -- ./$name $mode
    done
done
