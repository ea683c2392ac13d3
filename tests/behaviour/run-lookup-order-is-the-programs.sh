#!/bin/bash
# A name that libc, or a library of the program's, has as well as what an exposed library needs is found
# where the program's order of libraries has it first.
. "${0%/*}/lib.sh"

library libbehind.so <<<'int getegid(void){return -7;} int shared_name(void){return 2;}'
library libshared.so <<<'int shared_name(void){return 1;}'
cp "$libs/libshared.so" "$host"
library libfront.so -Wl,--no-as-needed "$libs/libbehind.so" "$libs/libshared.so" <<'END'
int getegid(void), shared_name(void);
int front(void) { return getegid() == -7; }
int named(void) { return shared_name(); }
END
program main "$libs/libfront.so" "$host/libshared.so" "-Wl,-rpath,$host" -Wl,--no-as-needed <<'END'
#include "claims.h"
int front(void), named(void), shared_name(void);
int main(void) {
  CLAIM("the program's own call", "%d", shared_name());
  CLAIM("of a dependency, not of libc", "%d", front());
  CLAIM("of the shared library", "%d", named());
}
END
claims_natively_and_in libfront.so --share libshared.so -- ./main <<'END'
the program's own call => 1
of a dependency, not of libc => 0
of the shared library => 1
END

program late "$host/libshared.so" "-Wl,-rpath,$host" -Wl,--no-as-needed <<'END'
#include <dlfcn.h>
#include "claims.h"
int shared_name(void);
int main(void) {
  CLAIM("the program's own call", "%d", shared_name());
  void *front = dlopen("libfront.so", RTLD_NOW);
  CLAIM("of a dependency, not of libc", "%d", ((int (*)(void))dlsym(front, "front"))());
  CLAIM("of the shared library", "%d", ((int (*)(void))dlsym(front, "named"))());
}
END
export LD_LIBRARY_PATH=$host
claims_natively_and_in libfront.so --share libshared.so -- ./late <<'END'
the program's own call => 1
of a dependency, not of libc => 0
of the shared library => 1
END
