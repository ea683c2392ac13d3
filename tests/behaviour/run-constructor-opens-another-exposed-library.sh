#!/bin/bash
# A constructor of an exposed library opens another exposed library by way of a library of the program's:
# of the same capsule, or of another one.
. "${0%/*}/lib.sh"

library libsecond.so <<<'int second(void){return 2;}'
at=$host library libloader.so <<'END'
#include <dlfcn.h>
int loads(void) {
  void *second = dlopen("libsecond.so", RTLD_NOW);
  return second ? ((int (*)(void))dlsym(second, "second"))() : -1;
}
END
cp "$host/libloader.so" "$libs"
library libfirst.so "$host/libloader.so" <<'END'
int loads(void), got;
__attribute__((constructor)) static void begin(void) { got = loads(); }
int first(void) { return got; }
END
program main "$libs/libfirst.so" "$host/libloader.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int first(void), loads(void);
int main(int argc, char **argv) {
  CLAIM("what the constructor got", "%d", first());
  if (argc > 9) loads();
}
END
claims_natively_and_in libfirst.so,libsecond.so --share libloader.so -- ./main <<<'what the constructor got => 2'

program late -Wl,--no-as-needed "$host/libloader.so" "-Wl,-rpath,$host" <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  void *first = dlopen("libfirst.so", RTLD_NOW);
  CLAIM("what the constructor got", "%d", ((int (*)(void))dlsym(first, "first"))());
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libfirst.so,libsecond.so --share libloader.so -- ./late <<<'what the constructor got => 2'

# Two capsules: a directory of shims for each.
"$bulkhead" shim --tree "$tree" --expose libfirst.so --share libloader.so -o one >shims.txt
"$bulkhead" shim --tree "$tree" --expose libsecond.so -o two >shims.txt
hold claims.txt env "LD_LIBRARY_PATH=$PWD/one:$PWD/two" ./main
hold claims.txt env "LD_LIBRARY_PATH=$PWD/one:$PWD/two:$host" ./late
