#!/bin/bash
# BULKHEAD_DEBUG names topics; each says on standard error, in lines useful alone, what was done.
. "${0%/*}/lib.sh"

library libprivate.so <<<'int private_one(void) { return 1; }'
library libplugin.so <<<'int plugin;'
library libexposed.so.1 "$libs/libprivate.so" -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int private_one(void);
int exposed(void) {
  fclose(fopen("/mapped/file", "r"));
  return private_one() + (dlopen("libplugin.so", RTLD_NOW) != NULL);
}
END
mkdir -p "$tree/mapped" && touch "$tree/mapped/file"
program main "$libs/libexposed.so.1" <<'END'
int exposed(void);
int (*in_data)(void) = exposed;
int main(void) { return in_data(); }
END
says() { # TOPICS PATTERN…: each is in the lines of one of the topics, and no others are
    local status=0 pattern
    BULKHEAD_DEBUG=$1 run libexposed.so.1 --no-cache --map /mapped -- ./main 2>stderr || status=$?
    [[ $status == 2 ]] || fail "exit $status, expected 2: $(<stderr)"
    ! grep -Ev "^bulkhead\[[0-9]+\] (${1//,/|}): |unknown topic" stderr || fail "other lines with $1"
    for pattern in "${@:2}"; do grep -Eq "$pattern" stderr || fail "$1: no '$pattern' in $(<stderr)"; done
}
says resolve "libprivate.so -> $libs/libprivate.so \(default directories\)" "libplugin.so -> $libs/libplugin.so"
says plan "libexposed.so.1 is exposed: " "libprivate.so is private: "
says image "mirror of libc.so.6: [0-9]+ symbols"
says open "manifest lists $libs/libexposed.so.1" "manifest lists libc.so.6"
says bind "libexposed.so.1 is $libs/libexposed.so.1" "the program: rewrote 1 function slots"
says dl "dlopen\(libplugin.so\) by $libs/libexposed.so.1"
says paths "/mapped/file -> $tree/mapped/file"
says dl,paths "dlopen\(libplugin.so\)" "/mapped/file"
says open,nonsense 'unknown topic "nonsense"; topics are resolve, ' "manifest lists"
BULKHEAD_DEBUG=all run libexposed.so.1 --no-cache --map /mapped -- ./main 2>stderr || true
for topic in resolve image open bind dl paths; do
    grep -q "] $topic: " stderr || fail "no lines of $topic with all"
done
