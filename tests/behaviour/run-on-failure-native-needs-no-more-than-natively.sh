#!/bin/bash
# --on-failure native: what only the tree's library needs this system may lack. The program goes on, and ends when it
# calls such a library all the same.
. "${0%/*}/lib.sh"

library libbelow.so.1 <<<'int below(void) { return 1; }'
library libexposed.so.1 -Wl,--no-as-needed "$libs/libbelow.so.1" <<<'int below(void); int exposed(void) { return below(); }'
at=$host library libexposed.so.1 <<<'int exposed(void) { return 100; }'
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1,libbelow.so.1 --on-failure native -o shims
program main "$libs/libexposed.so.1" <<'END'
#include <dlfcn.h>
#include <stdio.h>
int exposed(void);
int main(int count, char **arguments) {
  int (*below)(void) = dlsym(RTLD_DEFAULT, "below");
  printf("%d\n", count > 1 ? below() : exposed());
}
END
LD_LIBRARY_PATH=$scratch/shims:$host expect 1 ./main
LD_LIBRARY_PATH=$scratch/shims:$host expect 1 ./main below
mv "$tree" gone
LD_LIBRARY_PATH=$scratch/shims:$host expect 100 ./main
LD_LIBRARY_PATH=$scratch/shims:$host refuses "a function of libbelow.so.1 was called" -- ./main below
