#!/bin/bash
# A constructor that opens the very library that is being opened, and that needs the constructor's own, gets it before its
# constructors have run: these run once, at their turn, as with plain dlopen. So it is for what code in a capsule opens.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

twin libneeded.so <<<'#include <dlfcn.h>
#include <stdio.h>
__attribute__((constructor)) static void begin(void) {
  void *above = dlopen("libabove.so", RTLD_NOW), *again = dlopen("libabove.so", RTLD_NOW);
  int *begun = above ? dlsym(above, "begun") : 0;
  printf("libneeded.so begins: libabove.so has begun %d times\n", begun ? *begun : -1);
  if (again) dlclose(again);
}'
twin libabove.so -Wl,--no-as-needed "$libs/libneeded.so" <<<'#include <stdio.h>
int begun;
__attribute__((constructor)) static void begin(void) { printf("libabove.so begins: %d\n", ++begun); }
__attribute__((destructor)) static void end(void) { puts("libabove.so ends"); }'
twin libopener.so <<<'#include <dlfcn.h>
int open_above(void) { return dlopen("libabove.so", RTLD_NOW) != 0; }'
caller main <<'END'
#include "api-calls.h"
#include "claims.h"
int main(int count, char **arguments) {
  setbuf(stdout, NULL);
  const char *file = arguments[2];
  bh_library *library = *arguments[1] ? library_in(capsule_with(OPTIONS(.tree = arguments[1])), file) : dlopen(file, RTLD_NOW);
  int (*open_above)(void) = dlsym(library, "open_above");
  if (open_above) HOLDS("opened inside", open_above());
  if (*arguments[1]) close_library(library); else dlclose(library);
  puts("closed");
}
END
begin='libneeded.so begins: libabove.so has begun 0 times
libabove.so begins: 1'
claims_natively_and_exposed ./main libabove.so <<END
$begin
closed
libabove.so ends
END
claims_natively_and_exposed ./main libopener.so <<END
opened inside => $begin
yes
closed
libabove.so ends
END
