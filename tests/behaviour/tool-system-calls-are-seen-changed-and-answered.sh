#!/usr/bin/env bash
# A tool sees the program's system calls in all threads and children, changes their arguments and results,
# and answers some itself. Its own calls are not shown, nor those inside bh_tool_run.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

tool libtool.so <<'END'
#include "tool.h"
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
static long *seen;
static bh_verdict before(bh_call *call, void *context) {
    if (context != &seen || call->size != sizeof *call) _exit(9);
    if (call->number != SYS_getppid && call->number != SYS_dup && call->number != SYS_close) return BH_PASS_ON;
    ++seen[0];
    syscall(SYS_getppid);
    switch (call->arguments[0]) {
        case 1000: call->result = 77; return BH_ANSWERED;
        case 1001: call->result = -EDOM; return BH_ANSWERED;
        case 1002: call->arguments[0] = 2; return BH_PASS_ON;
        case 1003: call->number = SYS_getpid; return BH_PASS_ON;
    }
    return BH_PASS_ON;
}
static void after(bh_call *call, void *context) {
    if (call->number == SYS_dup && call->result == -EBADF && call->arguments[0] == 1004 && call->size == sizeof *call) call->result = 44;
}
static void work(void *data) { syscall(SYS_getppid), *(int *)data = 5; }
int from_tool(void) {
    int data = 0;
    bh_tool_run(work, &data);
    return data;
}
long how_many(void) { return seen[0]; }
__attribute__((constructor)) static void start(void) {
    seen = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bh_error *error = 0;
    const char *flags = getenv("FLAGS");
    CHECK(bh_tool_intercept, before, after, &seen, flags ? atoi(flags) : 0);
    int code = bh_tool_intercept(before, after, 0, 0, &error);
    if (code != BH_CONFLICT) _exit(8);
    bh_error_free(error);
    if (bh_tool_intercept(before, after, 0, 3, 0) != BH_ARGUMENT) _exit(7);
}
END
program main -pthread <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include "claims.h"
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void *call(void *none) { syscall(SYS_getppid, 0); return 0; }
int main(void) {
    long (*how_many)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "how_many");
    int (*from_tool)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "from_tool");
    CLAIM("answered", "%ld", syscall(SYS_dup, 1000));
    long answered = syscall(SYS_dup, 1001);
    CLAIM("answered with an error", "%ld", answered);
    HOLDS("errno of that", errno == EDOM);
    int copy = syscall(SYS_dup, 1002);
    HOLDS("an argument changed", copy > 2 && syscall(SYS_close, copy) == 0);
    HOLDS("the number changed", syscall(SYS_dup, 1003) == getpid());
    CLAIM("the result changed afterwards", "%ld", syscall(SYS_dup, 1004));
    long before = how_many();
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], 0, call, 0);
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], 0);
    if (fork() == 0) call(0), _exit(0);
    wait(0);
    CLAIM("seen in four threads and a child", "%ld", how_many() - before);
    before = how_many();
    int result = from_tool();
    CLAIM("bh_tool_run", "%d", result);
    CLAIM("seen inside bh_tool_run", "%ld", how_many() - before);
    return 0;
}
END
claims_with_tool libtool.so ./main <<'END'
answered                         => 77
answered with an error           => -1
errno of that                    => yes
an argument changed              => yes
the number changed               => yes
the result changed afterwards    => 44
seen in four threads and a child => 5
bh_tool_run                      => 5
seen inside bh_tool_run          => 0
END
FLAGS=2 hold_with_tool claims.txt libtool.so ./main
