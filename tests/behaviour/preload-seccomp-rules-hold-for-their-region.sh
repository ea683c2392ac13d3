#!/usr/bin/env bash
# --seccomp with --isolated: a rule for the tool denies it files, which the program opens freely, and
# the other way round; in threads and children of fork, too.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

# On either side, by its own libc.
cat >attempt.h <<'END'
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
static int attempt(void) {
    int file = open("/dev/null", O_RDONLY);
    if (file < 0) return errno;
    close(file);
    return 0;
}
static int at_first;
__attribute__((constructor)) static void begin(void) { at_first = attempt(); }
END
tool libtool.so <<'END'
#include "attempt.h"
pid_t getppid(void) { return attempt(); }
pid_t getsid(pid_t of) { return at_first; }
END
program program -pthread <<'END'
#define _GNU_SOURCE
#include "attempt.h"
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
static void *tell(void *unused) {
    char text[64];
    write(1, text, sprintf(text, "program %d, tool %d\n", attempt(), getppid()));
    return NULL;
}
int main(void) {
    char text[64];
    write(1, text, sprintf(text, "at first program %d, tool %d\n", at_first, getsid(0)));
    tell(NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, tell, NULL);
    pthread_join(thread, NULL);
    if (fork() == 0) {
        tell(NULL);
        _exit(0);
    }
    wait(NULL);
    return 0;
}
END
cat >tool.toml <<'END'
[region.tool]
errno.EACCES = ["openat", "open"]
END
cat >libc.toml <<'END'
[region.libc]
errno.EACCES = ["openat", "open"]
END
cat >named.toml <<'END'
[region."capsule:libtool.so"]
errno.EPERM = "openat"
END
both_sides() { # PROGRAM'S-FIRST PROGRAM TOOL
    echo "at first program $1, tool 0"
    for _ in 1 2 3; do echo "program $2, tool $3"; done
}
expect "$(both_sides 0 0 0)" preload --isolated "$host/libtool.so" -- ./program
# The policy is in force before the program's constructors, and after the tool's.
expect "$(both_sides 0 0 13)" preload --isolated --seccomp tool.toml "$host/libtool.so" -- ./program
expect "$(both_sides 13 13 0)" preload --isolated --seccomp libc.toml "$host/libtool.so" -- ./program
expect "$(both_sides 0 0 1)" preload --isolated --seccomp named.toml "$host/libtool.so" -- ./program

# Without --isolated the tool's calls are the program's libc's, and a rule for it is a mistake that is said.
expect "$(both_sides 0 0 0)" preload --seccomp tool.toml "$host/libtool.so" -- ./program
grep -q 'tool.toml:1:.*region tool.*--isolated' stderr || fail "nothing is said: $(<stderr)"
expect "$(both_sides 13 13 13)" preload --seccomp libc.toml "$host/libtool.so" -- ./program
[[ ! -s stderr ]] || fail "it said: $(<stderr)"

# A policy that is changed is another one, although the interposers are in the cache.
sed -i s/EACCES/EPERM/ tool.toml
expect "$(both_sides 0 0 1)" preload --isolated --seccomp tool.toml "$host/libtool.so" -- ./program
