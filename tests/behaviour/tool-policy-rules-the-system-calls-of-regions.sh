#!/usr/bin/env bash
# A tool installs a compiled policy: calls by instructions in its own capsule, in a library of the program, in the
# executable and in libc are ruled each by its own rules. Bytes that are no policy are refused, and change nothing.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

cat >raw.h <<'END'
#include <sys/syscall.h>
#include <unistd.h>
static inline long raw(long number) {
    long result = number;
    __asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
    return result;
}
END
cat >policy.toml <<'END'
[region.tool]
errno.EDOM = ["getppid", "getuid"]
[region."library:libof.so"]
errno.ERANGE = "getppid"
[region.program]
errno.EIO = "getppid"
[region.libc]
errno.EXDEV = "getpgid"
END
"$bulkhead" explain --seccomp policy.toml --compiled policy >/dev/null
tool libtool.so -I. <<'END'
#include "tool.h"
#include "raw.h"
#include <errno.h>
#include <fcntl.h>
long of_tool(void) { return raw(SYS_getppid); }
long user(void) { return raw(SYS_getuid); }
__attribute__((constructor)) static void start(void) {
    static char bytes[65536];
    bh_error *error = 0;
    if (bh_tool_install_policy("no policy", 9, &error) != BH_MALFORMED) _exit(8);
    bh_error_free(error), error = 0;
    int file = open("policy", O_RDONLY);
    ssize_t size = read(file, bytes + 1, sizeof bytes - 1);
    close(file);
    CHECK(bh_tool_install_policy, bytes + 1, size);
}
END
module libof.so -I. <<'END'
#include "raw.h"
long of_library(void) { return raw(SYS_getppid); }
END
program main -I. "$host/libof.so" "-Wl,-rpath,$host" <<'END'
#define _GNU_SOURCE
#include "raw.h"
#include <dlfcn.h>
#include <errno.h>
#include "claims.h"
#include <unistd.h>
long of_library(void);
int main(void) {
    long (*of_tool)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "of_tool");
    long (*user)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "user");
    HOLDS("the tool's getppid", of_tool() == -EDOM);
    HOLDS("the tool's getuid", user() == -EDOM);
    HOLDS("a library's getppid", of_library() == -ERANGE);
    HOLDS("the program's getppid", raw(SYS_getppid) == -EIO);
    HOLDS("libc's getppid, which has no rule", getppid() > 0);
    HOLDS("libc's getpgid", getpgid(0) == -1 && errno == EXDEV);
    return 0;
}
END
claims "$bulkhead" preload "$host/libtool.so" -- ./main <<'END'
the tool's getppid                => yes
the tool's getuid                 => yes
a library's getppid               => yes
the program's getppid             => yes
libc's getppid, which has no rule => yes
libc's getpgid                    => yes
END
# In LD_PRELOAD it is a library of the program: its own rules are nobody's.
sed "/^the tool's/s/yes/no/" claims.txt >preloaded.txt
LD_PRELOAD=$host/libtool.so hold preloaded.txt ./main
grep -q "nothing that is loaded belongs to the region tool" stderr || fail "an empty region is not told: $(<stderr)"
