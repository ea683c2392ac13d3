#!/bin/bash
# The program sees the exposed library and nothing of what that needs; both sides have the
# version of a common dependency that they were made for.
. "${0%/*}/lib.sh"

library libdep.so.1 <<END
int dep_version(void) { return 2; }
int only_in_the_trees_dep(void) { return 1; }
END
library libnew.so.1 "$libs/libdep.so.1" <<END
int dep_version(void);
int new_answer(void) { return dep_version(); }
END
at=$host library libdep.so.1 <<END
int dep_version(void) { return 1; }
END
program main "$libs/libnew.so.1" "$host/libdep.so.1" -ldl <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int new_answer(void), dep_version(void);
int main(void) {
  printf("library %d, program %d, private %s, exposed %s\n", new_answer(), dep_version(),
         dlsym(RTLD_DEFAULT, "only_in_the_trees_dep") ? "seen" : "unseen",
         dlsym(RTLD_DEFAULT, "new_answer") == new_answer ? "seen" : "unseen");
}
END

LD_LIBRARY_PATH=$host expect "library 2, program 1, private unseen, exposed seen" \
    run libnew.so.1 --private libdep.so.1 -- ./main
