#!/usr/bin/env bash
# Programs that the program starts get the tool and so the rules for it, how deep they may be; one that
# gets no tool keeps what holds everywhere (default), and nothing of what holds for regions.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<'END'
#include <errno.h>
#include <sys/utsname.h>
#include <unistd.h>
pid_t getppid(void) {
    struct utsname name;
    return uname(&name) == 0 ? 0 : errno;
}
END
cat >program.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **arguments) {
    struct utsname name;
    // Neither the tool's libc nor the program's: code of its own.
    long own;
    __asm__ volatile("syscall" : "=a"(own) : "0"(100), "D"(NULL) : "rcx", "r11", "memory"); // times
    printf("%s: program %d, tool %d, elsewhere %d\n", arguments[1], uname(&name) == 0 ? 0 : errno, getppid() < 200 ? getppid() : -1, own < 0 && own > -4096);
    fflush(stdout);
    if (arguments[2] == NULL) return 0;
    if (fork() == 0) {
        execv(arguments[2], arguments + 2);
        _exit(1);
    }
    wait(NULL);
    return 0;
}
END
program program <program.c
cat >policy.toml <<'END'
[region.tool]
errno.EACCES = "uname"
[region.default]
errno.EPERM = "times"
[region.program]
errno.EPERM = "times"
END
expect "one: program 0, tool 13, elsewhere 1
two: program 0, tool 13, elsewhere 1
three: program 0, tool 13, elsewhere 1" preload --isolated --seccomp policy.toml "$host/libtool.so" -- \
    ./program one ./program two ./program three
# The same by a shell, and without the tool.
expect "two: program 0, tool 13, elsewhere 1" preload --isolated --seccomp policy.toml "$host/libtool.so" -- \
    sh -c './program two; true'
expect "two: program 0, tool -1, elsewhere 1" preload --isolated --seccomp policy.toml "$host/libtool.so" -- \
    sh -c 'unset LD_PRELOAD; ./program two; true'
# A filter for each program on the way: until the kernel has no room, which is said.
cat >deep.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **arguments) {
    int rest = atoi(arguments[1]);
    char text[16];
    sprintf(text, "%d", rest - 1);
    if (rest != 0) return execl(arguments[0], arguments[0], text, NULL);
    puts("end");
    return 0;
}
END
program deep <deep.c
expect "end" preload --isolated --seccomp policy.toml "$host/libtool.so" -- ./deep 30
refuses "no room for another seccomp filter" "32768" -- preload --isolated --seccomp policy.toml "$host/libtool.so" -- ./deep 1000
