#!/bin/bash
# A process whose files may not grow beyond a limit has its libraries as natively: the capsule's images are files in
# memory. Where the limit cannot be raised that is said, and nobody is killed by SIGXFSZ.
. "$(dirname "$0")/lib.sh"
library libthing.so.1 <<<'int answer(void) { return 42; }'
at=$host library libthing.so.1 <<<'int answer(void) { return 1; }'
program plain "$host/libthing.so.1" "-Wl,-rpath,$host" -Wl,--enable-new-dtags <<'END_OF_SOURCE'
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
int answer(void);
int main(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    printf("%d %llu\n", answer(), (unsigned long long)limit.rlim_cur);
}
END_OF_SOURCE
expect "42 18446744073709551615" run libthing.so.1 -- ./plain
low() { # OPTIONS COMMAND…
    # shellcheck disable=SC2086 # options
    (ulimit $1 && shift && "$@")
}
# In the cache, then made anew.
for _ in 1 2; do
    expect "42 4096" low "-S -f 4" run libthing.so.1 -- ./plain
    expect "1 4096" low "-f 4" run libthing.so.1 --on-failure native -- ./plain
    grep -q "own libraries" stderr || fail "nobody said so: $(<stderr)"
    refuses "RLIMIT_FSIZE|ulimit -f" -- low "-f 4" run libthing.so.1 -- ./plain
    rm -r "$XDG_CACHE_HOME"
done
