#!/bin/bash
# A library in a capsule of the interface uses what the program shares as one that dlopen opens does: what the program is linked
# to, without listing it; a shared library's own definition with RTLD_DEEPBIND; a shared library that only a search path leads to.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"
mkdir -p "$host/sub"

module libdeep.so.1 <<<'int deep(void) { return 1; } int which(void) { return 1; }'
module libbrings.so.1 -Wl,--no-as-needed "$host/libdeep.so.1" <<<''
module libfirst.so.1 <<<'int which(void) { return 2; } int getegid(void) { return -2; }'
at=$host/sub module libhidden.so.1 <<<'int hidden(void) { return 3; }'
module libplugin.so -Wl,-z,now <<<'int deep(void); int plugin(void) { return deep(); }'
module libbinds.so -fno-builtin -Wl,--no-as-needed "$host/libdeep.so.1" <<'END'
int which(void), getegid(void);
int binds(void) { return which() + 10 * (getegid() >= 0); }
END
module libleads.so "$host/sub/libhidden.so.1" '-Wl,-rpath,$ORIGIN/sub' <<<'int hidden(void); int leads(void) { return hidden(); }'
cp -r "$host/." "$libs"
caller program -Wl,--no-as-needed "$host/libfirst.so.1" "$host/libbrings.so.1" <<'END'
#include <dlfcn.h>
#include "api-calls.h"
#include "claims.h"
static int called(void *library, const char *name) {
  int (*function)(void) = library ? dlsym(library, name) : NULL;
  return function ? function() : -1;
}
int main(int count, char **arguments) {
  bh_capsule *capsule = NULL;
  if (count > 1)
    capsule = capsule_with(OPTIONS(.tree = arguments[1], .name = "one",
                                   .share = NAMES("libfirst.so.1", "libbrings.so.1", "libdeep.so.1", "libhidden.so.1")));
  bh_library *library = NULL;
#define OPEN(file, mode) (capsule ? (bh_library_open(capsule, file, mode, &library, NULL) ? NULL : (void *)library) : dlopen(file, mode))
  CLAIM("of what the program is linked to", "%d", called(OPEN("libplugin.so", RTLD_NOW), "plugin"));
  CLAIM("the first", "%d", called(OPEN("libbinds.so", RTLD_NOW | (count > 2 ? 0 : RTLD_DEEPBIND)), "binds"));
  CLAIM("by a search path", "%d", called(OPEN("libleads.so", RTLD_NOW), "leads"));
}
END
cat >wanted <<'END'
of what the program is linked to => 1
the first => 11
by a search path => 3
END
export LD_LIBRARY_PATH=$host
hold wanted ./program
hold wanted ./program "$tree"
sed 's/=> 11/=> 2/' wanted >without
hold without ./program "$tree" -
