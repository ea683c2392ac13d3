#!/usr/bin/env bash
# A hook on a function is called by the program and its libraries, bound lazily or not, through pointers
# in their data as well; the original is what they would have called, an IFUNC's choice too.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libwidget.so <<'END'
static int one(int x) { return x + 1; }
static int (*choose(void))(int) { return one; }
int chosen(int x) __attribute__((ifunc("choose")));
int plain(int x) { return x + 10; }
END
module libuses.so "$host/libwidget.so" "-Wl,-rpath,$host" -Wl,-z,now <<'END'
int plain(int), chosen(int);
int (*const table[])(int) = {plain, chosen};
int (*changed)(int) = plain;
int through_library(int x) { return plain(x) + table[0](x) + chosen(x) + table[1](x); }
END
tool libtool.so <<'END'
#include "tool.h"
static int (*original_plain)(int), (*original_chosen)(int);
static int plain(int x) { return original_plain(x) + 1000; }
static int chosen(int x) { return original_chosen(x) + 100; }
__attribute__((constructor)) static void start(void) {
    hook("plain", plain, &original_plain);
    hook("chosen", chosen, &original_chosen);
}
END
for options in "-Wl,-z,lazy" "-Wl,-z,now" "-no-pie -Wl,-z,lazy" "-fno-plt"; do
    # shellcheck disable=SC2086
    program main $options "$host/libuses.so" "$host/libwidget.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int plain(int), chosen(int), through_library(int);
int main(void) {
    CLAIM("a function", "%d", plain(0));
    CLAIM("an IFUNC", "%d", chosen(0));
    CLAIM("both, called and through pointers, by a library", "%d", through_library(0));
    return 0;
}
END
    claims ./main <<'END'
a function                                     => 10
an IFUNC                                       => 1
both, called and through pointers, by a library => 22
END
    claims_with_tool libtool.so ./main <<'END'
a function                                     => 1010
an IFUNC                                       => 101
both, called and through pointers, by a library => 2222
END
done
