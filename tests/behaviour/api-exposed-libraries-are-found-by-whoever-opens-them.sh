#!/bin/bash
# What is exposed is found by code that was not there when it was exposed: plugins whose constructors open it, or open
# others that need it, by a name, by the path of this system's file, by $ORIGIN; and by functions that dlsym found.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libwhich.so <<<'int which(void) { return 1; }'
library libwhich.so <<<'int which(void) { return 2; }'
module libneeds.so -Wl,--no-as-needed "$host/libwhich.so" <<<'int which(void); int needs(void) { return which(); }'
opener() { # NAME CALL
    module "$1" -Wl,-rpath,"$host" <<EOF
#define _GNU_SOURCE
#include <dlfcn.h>
int answer;
__attribute__((constructor)) static void begin(void) {
  void *handle = $2;
  int (*which)(void) = handle ? dlsym(handle, "which") : 0;
  answer = which ? which() : 0;
}
EOF
}
opener libbyname.so 'dlopen("libwhich.so", RTLD_NOW)'
opener libbyneed.so 'dlopen("libneeds.so", RTLD_NOW)'
opener libbypath.so "dlopen(\"$host/libwhich.so\", RTLD_NOW)"
opener libbyorigin.so 'dlopen("$ORIGIN/libwhich.so", RTLD_NOW)'
opener libbypointer.so '((void *(*)(const char *, int))dlsym(RTLD_DEFAULT, "dlopen"))("libwhich.so", RTLD_NOW)'

caller program <<'EOF'
#include "api-calls.h"
#include "claims.h"
int main(int count, char **arguments) {
  if (*arguments[1]) capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libwhich.so")));
  void *plugin = dlopen(arguments[2], RTLD_NOW);
  CLAIM("which one", "%d", *(int *)dlsym(plugin, "answer"));
}
EOF
for how in name need path origin pointer; do
    LD_LIBRARY_PATH=$host expect "which one => 1" ./program "" "$host/libby$how.so"
    LD_LIBRARY_PATH=$host expect "which one => 2" ./program "$tree" "$host/libby$how.so"
done
