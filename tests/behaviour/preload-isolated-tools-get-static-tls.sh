#!/usr/bin/env bash
# The static TLS that a libc and the tools need is asked for by GLIBC_TUNABLES, where other tunables, and a
# larger value, stay; a dozen isolated tools fit.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

for ((i = 1; i <= 12; ++i)); do
    tool "libtool$i.so" -DNUMBER="$i" -ftls-model=initial-exec <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static __thread int number[10] = {NUMBER};
pid_t getppid(void) { return number[0] + ((pid_t (*)(void))dlsym(RTLD_NEXT, "getppid"))(); }
END
done
tool liblast.so <<<'int getppid(void) { return 1000; }'
program program <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    printf("%d %s\n", getppid(), getenv("GLIBC_TUNABLES"));
    return 0;
}
END
[[ $(printf '%s\n' 2.33 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.33 ]] ||
    skip "before glibc 2.33 there is no such tunable"
said=$(preload --isolated "$host"/libtool{1..12}.so "$host/liblast.so" -- ./program)
[[ $said =~ ^"1078 glibc.rtld.optional_static_tls="([0-9]+)$ ]] || fail "it says $said"
((BASH_REMATCH[1] >= 4096)) || fail "too little: $said"
GLIBC_TUNABLES=glibc.malloc.perturb=1:glibc.rtld.optional_static_tls=0x4000 \
    expect "1001 glibc.malloc.perturb=1:glibc.rtld.optional_static_tls=16384" \
    preload --isolated "$host/libtool1.so" "$host/liblast.so" -- ./program
