#!/bin/bash
# An inline variable of C++'s that a shared library and a plugin in a capsule of the interface both define is one, as
# natively, also if the plugin is opened with RTLD_DEEPBIND.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

echo 'inline int counter = 0; inline int next() { static int n = 0; return ++n * 10 + ++counter; }' >inline.h
language=c++ twin libshared.so.1 -I. <<'END'
#include <inline.h>
extern "C" int shared() { return next(); }
END
language=c++ twin libplugin.so -I. -Wl,--no-as-needed "$host/libshared.so.1" <<'END'
#include <inline.h>
extern "C" int shared();
extern "C" int plugin() { return next(); }
extern "C" int by_way() { return shared(); }
END
caller program -Wl,--no-as-needed "$host/libshared.so.1" <<'END'
#include <dlfcn.h>
#include "api-calls.h"
#include "claims.h"
int shared(void);
static int called(void *library, const char *name) { return ((int (*)(void))dlsym(library, name))(); }
int main(int count, char **arguments) {
  int mode = RTLD_NOW | (arguments[2] ? RTLD_DEEPBIND : 0);
  void *library = NULL;
  if (*arguments[1]) {
    bh_capsule *capsule = capsule_with(OPTIONS(.tree = arguments[1], .name = "one", .share = NAMES("libshared.so.1", "libstdc++.so.6")));
    bh_library_open(capsule, "libplugin.so", mode, (bh_library **)&library, NULL);
  } else {
    library = dlopen("libplugin.so", mode);
  }
  CLAIM("the program's", "%d", shared());
  CLAIM("the plugin's", "%d", called(library, "plugin"));
  CLAIM("the plugin's call", "%d", called(library, "by_way"));
}
END
cat >claims <<'END'
the program's     => 11
the plugin's      => 22
the plugin's call => 33
END
export LD_LIBRARY_PATH=$host
for deep in "" deep; do
    hold claims ./program "" ${deep:+"$deep"}
    hold claims ./program "$tree" ${deep:+"$deep"}
done
