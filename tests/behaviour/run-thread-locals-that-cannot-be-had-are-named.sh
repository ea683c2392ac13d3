#!/bin/bash
# A thread-local variable that cannot cross the border is named, and the program does not go on with
# a wrong one: ld.so has a reserve for libraries that come late, and a tree may change. What nobody
# uses does no harm.
. "${0%/*}/lib.sh"

source='__thread char big[5000] = "big"; __thread int small = 3; char *address(void) { return big; }'
library libbig.so.1 <<<"$source"
at=$host library libbig.so.1 <<<"$source"
program user "$libs/libbig.so.1" <<'END'
#include <stdio.h>
extern __thread char big[];
int main(void) { puts(big); }
END
program other "$libs/libbig.so.1" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
char *address(void);
int main(void) { printf("%s %d", address(), dlsym(RTLD_DEFAULT, "big") == NULL); }
END
"$bulkhead" shim --tree "$tree" --expose libbig.so.1 --output shims >/dev/null
refuses 'big.*is used by the program as a thread-local variable of .*/tree/usr/lib/libbig\.so\.1' 'static TLS' \
    optional_static_tls -- env LD_LIBRARY_PATH="$scratch/shims" ./user
expect "big 1" run libbig.so.1 -- ./other
version=$(getconf GNU_LIBC_VERSION)
if [[ $(printf '%s\n' "${version#glibc }" 2.33 | sort -V | sed -n 1p) == 2.33 ]]; then
    expect big run libbig.so.1 -- ./user
fi

# The tree's has one less than it had.
library libbig.so.1 <<<'__thread int small = 3; char *address(void) { static char no[] = "no"; return no; }'
refuses 'big.*is used by the program as a thread-local variable of .*, which no longer has it' 'make the shims anew' -- \
    env LD_LIBRARY_PATH="$scratch/shims" ./user
LD_LIBRARY_PATH=$scratch/shims expect "no 1" ./other

# One of a library that came late to the program and is in use: its block has no fixed place.
at=$host library libshared.so.1 <<<'__thread char room[2000]; __thread int each = 4; int *shared_address(void) { return &each; }'
cp "$host/libshared.so.1" "$libs/"
library libuser.so.1 "$libs/libshared.so.1" <<<'extern __thread int each; int get(void) { return each; }'
program late -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
  int *(*address)(void) = dlsym(dlopen("libshared.so.1", RTLD_NOW), "shared_address");
  *address() = 5;
  void *user = dlopen("libuser.so.1", RTLD_NOW);
  if (user == NULL) return fputs(dlerror(), stderr), 125;
  int (*get)(void) = dlsym(user, "get");
  printf("%d", get());
}
END
LD_LIBRARY_PATH=$host refuses 'libuser.so.1' 'undefined symbol: each' -- run libuser.so.1 --share libshared.so.1 -- ./late
LD_LIBRARY_PATH=$host LD_PRELOAD=$host/libshared.so.1 expect 5 run libuser.so.1 --share libshared.so.1 -- ./late

# Those of glibc's libraries are between them.
library libprivate.so.1 <<'END'
__asm__(".symver errno,errno@GLIBC_PRIVATE");
extern __thread int errno __attribute__((tls_model("initial-exec")));
int get(void) { return errno; }
END
refuses 'errno, version GLIBC_PRIVATE' 'thread-local' -- run libprivate.so.1 -- ./other
