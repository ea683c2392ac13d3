#!/usr/bin/env bash
# A tool may bring dozens of libraries whose code makes system calls by itself: none of these is shown to it.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

needed=()
for i in {1..40}; do
    module "libpart$i.so" "-DPART=part$i" <<'END_OF_PART'
#include <sys/syscall.h>
long PART(void) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
    return result;
}
END_OF_PART
    needed+=("$host/libpart$i.so")
done
tool libtool.so -Wl,--no-as-needed "${needed[@]}" "-Wl,-rpath,$host" <<'END_OF_TOOL'
#include "tool.h"
#include <sys/syscall.h>
long part1(void), part20(void), part40(void);
static int seen;
static bh_verdict before(bh_call *call, void *context) {
    if (call->number == SYS_getppid) ++seen;
    return BH_PASS_ON;
}
int count(void) {
    part1(), part20(), part40();
    return seen;
}
__attribute__((constructor)) static void start(void) {
    CHECK(bh_tool_intercept, before, 0, 0, 0);
}
END_OF_TOOL
program main <<'END_OF_PROGRAM'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    getppid();
    return printf("%d\n", ((int (*)(void))dlsym(RTLD_DEFAULT, "count"))()) < 0;
}
END_OF_PROGRAM
expect "1" "$bulkhead" preload "$host/libtool.so" -- ./main
