#!/bin/bash
# What the program opens with RTLD_LOCAL, RTLD_GLOBAL or RTLD_DEEPBIND is in the capsule as local, as
# global or as much before the program's names as natively.
. "${0%/*}/lib.sh"

library libone.so <<<'int id(void){return 1;} int of_one(void){return id();}'
library libtwo.so <<<'int id(void){return 2;} int of_two(void){return id();}'
library libowner.so <<<'int owned(void){return 1;} int of_owner(void){return owned();}'
library libhost.so <<'END'
#include <dlfcn.h>
#include <stdio.h>
int of_host(void) { return 7; }
int load(void) {
  void *plug = dlopen("libplug.so", RTLD_NOW);
  return plug ? ((int (*)(void))dlsym(plug, "plug"))() : (puts(dlerror()), -1);
}
END
library libplug.so <<<'int of_host(void); int plug(void){return of_host();}'
library liblinked.so <<<'int linked(void){return 1;}'

program main -rdynamic <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int owned(void) { return 2; }
static int call(const char *file, int mode, const char *name) {
  void *library = dlopen(file, mode);
  if (library == 0) return puts(dlerror()), -1;
  return ((int (*)(void))dlsym(library, name))();
}
int main(void) {
  CLAIM("first local library", "%d", call("libone.so", RTLD_NOW, "of_one"));
  CLAIM("second one with the same name", "%d", call("libtwo.so", RTLD_NOW, "of_two"));
  CLAIM("host that is local", "%d", call("libhost.so", RTLD_NOW, "of_host"));
  CLAIM("host that has become global", "%d", call("libhost.so", RTLD_NOW | RTLD_GLOBAL, "load"));
  CLAIM("program comes first", "%d", call("libowner.so", RTLD_NOW, "of_owner"));
}
END
claims_natively_and_in libone.so,libtwo.so,libhost.so,libowner.so -- ./main <<'END'
first local library => 1
second one with the same name => 2
host that is local => 7
host that has become global => 7
program comes first => 2
END

program deep -rdynamic <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int owned(void) { return 2; }
int main(void) {
  void *library = dlopen("libowner.so", RTLD_NOW | RTLD_DEEPBIND);
  CLAIM("library comes first", "%d", ((int (*)(void))dlsym(library, "of_owner"))());
}
END
claims_natively_and_in libowner.so -- ./deep <<<'library comes first => 1'

# The same where the capsule is open: with what the program is linked to.
program linked -rdynamic "$libs/liblinked.so" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "claims.h"
int linked(void);
int owned(void) { return 2; }
int main(void) {
  linked();
  void *library = dlopen("libowner.so", RTLD_NOW | RTLD_DEEPBIND);
  CLAIM("library comes first", "%d", ((int (*)(void))dlsym(library, "of_owner"))());
  library = dlopen("libhost.so", RTLD_NOW | RTLD_GLOBAL);
  CLAIM("host that is global", "%d", ((int (*)(void))dlsym(library, "load"))());
}
END
claims_natively_and_in liblinked.so,libowner.so,libhost.so -- ./linked <<'END'
library comes first => 1
host that is global => 7
END
