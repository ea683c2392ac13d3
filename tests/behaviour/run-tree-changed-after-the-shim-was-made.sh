#!/bin/bash
# A shim directory that no longer fits the tree: messages that name what is gone, exit 125; what
# is still there works.
. "${0%/*}/lib.sh"

library libprivate.so <<<'int private_one(void) { return 1; }'
library libexposed.so.1 "$libs/libprivate.so" <<'END'
int private_one(void);
int stays(void) { return private_one(); }
int goes(void) { return 2; }
int goes_too(void) { return 2; }
END
cat >main.c <<'END'
#include <stdio.h>
int stays(void), goes(void), goes_too(void);
int (*in_data)(void) = goes_too;
int main(int count, char **arguments) {
  printf("stays %d\n", stays());
  fflush(stdout);
  return count == 1 ? 0 : count == 2 ? goes() : in_data();
}
END
program main "$libs/libexposed.so.1" <main.c
program now "$libs/libexposed.so.1" -Wl,-z,now <main.c
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 -o shims
export LD_LIBRARY_PATH=$scratch/shims
expect "stays 1" ./main

library libexposed.so.1 "$libs/libprivate.so" <<'END'
int private_one(void);
int added(void) { return 5; }
int stays(void) { return private_one() + 1; }
END
for name in main now; do
    expect "stays 2" ./$name
    refuses "goes" "libexposed.so.1" "anew" -- ./$name 1
    [[ $(<stdout) == "stays 2" ]] || fail "the other function does not work"
    refuses "goes_too" -- ./$name 1 2
done

rm "$libs/libprivate.so"
refuses "libprivate.so" "needed by $libs/libexposed.so.1" "$tree" -- ./main
rm "$libs/libexposed.so.1"
refuses "libexposed.so.1" "not in the tree $tree" -- ./main
rm -r "$tree"
refuses "$tree" "no such file or directory" -- ./main

# Another function in the same place of the hash table is another function.
rm -rf "$libs"; mkdir -p "$libs"
library libexposed.so.1 <<<'int api_vb(void) { return 2; }'
program calls "$libs/libexposed.so.1" <<<'int api_vb(void); int main(void) { return api_vb(); }'
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 -o "$scratch/of-vb"
library libexposed.so.1 <<<'int api_vc(void) { return 66; }'
LD_LIBRARY_PATH=$scratch/of-vb refuses 'api_vb of libexposed.so.1 was called' -- ./calls

# What the library got since is found by its handle, as natively, and so is what it needs.
library libprivate.so <<<'int private_one(void) { return 1; }'
library libexposed.so.1 "$libs/libprivate.so" <<<'int private_one(void); int added(void) { return 4 + private_one(); }'
program asks -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  void *handle = dlopen("libexposed.so.1", RTLD_NOW);
  int (*added)(void) = dlsym(handle, "added");
  HOLDS("what was added is no error", dlerror() == NULL);
  CLAIM("what was added", "%d", added ? added() : 0);
  HOLDS("what it needs is found", dlsym(handle, "private_one"));
  HOLDS("which is no error", dlerror() == NULL);
}
END
claims ./asks <<'END'
what was added is no error => yes
what was added             => 5
what it needs is found     => yes
which is no error           => yes
END
