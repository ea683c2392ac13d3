#!/usr/bin/env bash
# The other actions of a policy for the tool: kill ends the process by SIGSYS, trap raises it where a
# handler sees the tool's instruction, log lets the call through.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<'END'
#include <sys/utsname.h>
#include <unistd.h>
pid_t getppid(void) {
    struct utsname name;
    return uname(&name) == 0;
}
END
program program -pthread <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
static volatile int trapped;
static void handle(int number, siginfo_t *info, void *context) {
    trapped = info->si_code == 1 /* SYS_SECCOMP */ && info->si_syscall == SYS_uname ? 1 : -1;
}
int main(int count, char **arguments) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    if (arguments[1]) sigaction(SIGSYS, &action, NULL);
    struct utsname name;
    int own = uname(&name) == 0;
    int own_trapped = trapped;
    int tools = getppid();
    printf("program %d %d, tool %d %d\n", own, own_trapped, tools, trapped);
    fflush(stdout);
    return 0;
}
END
policy() { printf '[region.tool]\n%s = "uname"\n' "$1" >policy.toml; }
seccomp() { preload --isolated --seccomp policy.toml "$host/libtool.so" -- ./program "$@"; }
dies() { # ARGUMENT…
    local status=0
    seccomp "$@" >stdout 2>stderr || status=$?
    [[ $status == $((128 + 31)) ]] || fail "exit $status instead of SIGSYS; $(<stdout) $(<stderr)"
    [[ ! -s stdout ]] || fail "the program went on: $(<stdout)"
}
ulimit -c 0
policy log
expect "program 1 0, tool 1 0" seccomp handled
policy trap
expect "program 1 0, tool 0 1" seccomp handled
dies
policy kill
dies handled
dies
