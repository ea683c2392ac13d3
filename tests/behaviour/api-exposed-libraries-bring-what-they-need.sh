#!/bin/bash
# What the interface exposes brings to the program what it needs: shared libraries, and other exposed ones, also in a
# circle. Plugins that list only what is directly above find it, and so does dlsym by handle.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

at=$host library libshared.so.1 <<<'int shared(void) { return 1; }'
cp "$host/libshared.so.1" "$libs"
library libdeep.so.1 <<<''
library libprivate.so.1 -Wl,--no-as-needed "$libs/libdeep.so.1" "$libs/libshared.so.1" <<<''
library libtop.so.1 -Wl,--no-as-needed "$libs/libprivate.so.1" <<<'int top(void) { return 5; }'
library libdeep.so.1 -Wl,--no-as-needed "$libs/libtop.so.1" <<<'int deep(void) { return 3; }'
at=$host library libplugin.so.1 -Wl,--no-as-needed "$libs/libtop.so.1" -Wl,-z,now <<'END'
int deep(void), shared(void);
int plugin(void) { return 10 * deep() + shared(); }
END

caller program <<'EOF2'
#include "api-calls.h"
#include "claims.h"
static int called(void *handle, const char *name) { int (*f)(void) = dlsym(handle, name); return f ? f() : -1; }
int main(int count, char **arguments) {
  bh_capsule *capsule = capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libtop.so.1", "libdeep.so.1"), .share = NAMES("libshared.so.1")));
  void *plugin = dlopen(arguments[2], RTLD_NOW);
  if (!plugin) return puts(dlerror());
  CLAIM("by a plugin", "%d", called(plugin, "plugin"));
  void *top = dlopen("libtop.so.1", RTLD_NOW), *deep = dlopen("libdeep.so.1", RTLD_NOW);
  CLAIM("exposed, by handle", "%d", called(top, "deep"));
  CLAIM("shared, by handle", "%d", called(top, "shared"));
  CLAIM("the other way round", "%d", called(deep, "top"));
}
EOF2
LD_LIBRARY_PATH=$host claims ./program "$tree" "$host/libplugin.so.1" <<'END'
by a plugin         => 31
exposed, by handle  => 3
shared, by handle   => 1
the other way round => 5
END
