#!/bin/bash
# What a capsule exposes is loaded when the program opens it, or something that needs it, and not before: no constructor
# or destructor runs that natively would not, RTLD_NOLOAD says so, and all run in the order in which they would natively.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

tells() { # WHO
    echo '#include <stdio.h>'
    echo "__attribute__((constructor)) static void begin(void) { puts(\"$1 begins\"); }"
    echo "__attribute__((destructor)) static void end(void) { puts(\"$1 ends\"); fflush(stdout); }"
}
tells deepest | twin libdeepest.so
tells deep | twin libdeep.so -Wl,--no-as-needed "$libs/libdeepest.so"
tells second | twin libsecond.so
tells between | module libbetween.so -Wl,--no-as-needed "$host/libdeep.so"
tells plugin | module libplugin.so -Wl,--no-as-needed "$host/libbetween.so" "$host/libsecond.so"
tells other | module libother.so
tells last | twin liblast.so

caller program <<'EOF'
#include "api-calls.h"
#include "claims.h"
static int is_loaded(const char *name) { return dlopen(name, RTLD_NOW | RTLD_NOLOAD) != 0; }
int main(int count, char **arguments) {
  setvbuf(stdout, 0, _IOLBF, 0);
  expose(arguments[1], NAMES("libdeepest.so", "libdeep.so", "libsecond.so", "liblast.so"));
  HOLDS("what is exposed is not loaded", !is_loaded("libdeep.so") && !is_loaded("libsecond.so"));
  void *other = dlopen("libother.so", RTLD_NOW);
  HOLDS("another library", other);
  HOLDS("brings nothing", !is_loaded("libdeep.so") && !is_loaded("libsecond.so"));
  void *plugin = dlopen("libplugin.so", RTLD_LAZY);
  HOLDS("a plugin", plugin);
  HOLDS("has brought what it needs", is_loaded("libdeepest.so") && is_loaded("libdeep.so") && is_loaded("libsecond.so"));
  HOLDS("and no more", !is_loaded("liblast.so"));
}
EOF
claims_natively_and_exposed ./program <<'END'
what is exposed is not loaded => yes
other begins
another library => yes
brings nothing => yes
deepest begins
deep begins
second begins
between begins
plugin begins
a plugin => yes
has brought what it needs => yes
and no more => yes
other ends
plugin ends
between ends
second ends
deep ends
deepest ends
END
