#!/bin/bash
# A bare name is searched as for the caller: by the program's DT_RUNPATH, by that of the library that asks; for a new
# namespace and for the base.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

mkdir "$host/of-program" "$host/of-library"
at=$host/of-program module libnamed.so.1 <<<'int named(void) { return 1; }'
at=$host/of-library module libnamed.so.1 <<<'int named(void) { return 2; }'
at=$host/of-library module libonly.so.1 <<<'int named(void) { return 3; }'
for plain in "" -plain; do
    cat >ask.c <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "dlmopen-plain.h"
int ask(long space, const char *name) {
  void *handle = bh_dlmopen(space, name, RTLD_NOW);
  if (!handle) return -1;
  int result = ((int (*)(void))dlsym(handle, "named"))();
  bh_dlclose(handle);
  return result;
}
EOF
    if [[ -z $plain ]]; then libbulkhead=$products/libbulkhead.so.0; else libbulkhead=-DPLAIN; fi
    module "libasker$plain.so.1" -I"$include" -I"$here" "$libbulkhead" -Wl,--enable-new-dtags "-Wl,-rpath,$host/of-library" <ask.c
done
for plain in "" -plain; do
    { cat ask.c; cat <<'EOF'; } >main.c
#include "claims.h"
int main(int count, char **arguments) {
  int (*asker)(long, const char *) = (int (*)(long, const char *))dlsym(dlopen(arguments[1], RTLD_NOW), "ask");
  CLAIM("a new namespace, by the program", "%d", ask(LM_ID_NEWLM, "libnamed.so.1"));
  CLAIM("a new namespace, by the program, not its own", "%d", ask(LM_ID_NEWLM, "libonly.so.1"));
  CLAIM("a new namespace, by a library", "%d", asker(LM_ID_NEWLM, "libnamed.so.1"));
  CLAIM("a new namespace, by a library, its own alone", "%d", asker(LM_ID_NEWLM, "libonly.so.1"));
  CLAIM("the base, by the program", "%d", ask(LM_ID_BASE, "libnamed.so.1"));
  CLAIM("the base, by the program, not its own", "%d", ask(LM_ID_BASE, "libonly.so.1"));
  CLAIM("the base, by a library", "%d", asker(LM_ID_BASE, "libnamed.so.1"));
  CLAIM("the base, by a library, its own alone", "%d", asker(LM_ID_BASE, "libonly.so.1"));
}
EOF
    if [[ -z $plain ]]; then make=caller; define=(); else make=program; define=(-DPLAIN); fi
    "$make" "names$plain" "${define[@]}" -I"$here" -Wl,--enable-new-dtags "-Wl,-rpath,$host/of-program" <main.c
    claims "./names$plain" "$host/libasker$plain.so.1" <<'END'
a new namespace, by the program              => 1
a new namespace, by the program, not its own => -1
a new namespace, by a library                => 2
a new namespace, by a library, its own alone => 3
the base, by the program                     => 1
the base, by the program, not its own        => -1
the base, by a library                       => 2
the base, by a library, its own alone        => 3
END
done
