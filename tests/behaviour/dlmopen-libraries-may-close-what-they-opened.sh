#!/bin/bash
# A library that opens another one by dlopen, in its constructor, and closes it in its destructor, in a namespace that is
# opened again and again.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

part low
part left "$host/liblow.so.1"
module libopener.so.1 '-Wl,-rpath,$ORIGIN' <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
static void *other;
__attribute__((constructor)) static void begin(void) {
  dprintf(1, "opener( ");
  other = dlopen("libleft.so.1", RTLD_NOW);
  dprintf(1, "%s)+ ", other ? "" : "error");
}
__attribute__((destructor)) static void end(void) {
  dprintf(1, "opener( ");
  dlclose(other);
  dprintf(1, ")- ");
}
int has_it(void) { return dlsym(other, "bump_left") != 0; }
EOF
both_do <<'EOF'
open o + libopener.so.1     => opener( low+ left+ )+ ok
call o has_it               => 1
open l o libleft.so.1       => ok
close o                     => opener( )- ok
call l bump_left            => 1
open o l libopener.so.1     => opener( )+ ok
close l                     => ok
close o                     => opener( )- left- low- ok
open o + libopener.so.1     => opener( low+ left+ )+ ok
end                         => opener( )- left- low-
EOF
