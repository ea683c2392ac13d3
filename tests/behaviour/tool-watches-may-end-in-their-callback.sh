#!/usr/bin/env bash
# A callback may end its own watch, also the first time that it is called: the handle is there by then.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

tool libtool.so <<'END_OF_TOOL'
#include "tool.h"
static bh_watch *watch;
static int told;
static void tell(const bh_library_event *event, void *data) {
    ++told;
    bh_tool_unwatch(watch);
}
int count(void) { return told; }
__attribute__((constructor)) static void start(void) {
    CHECK(bh_tool_watch, tell, 0, BH_WATCH_PRESENT, &watch);
}
END_OF_TOOL
program main <<'END_OF_PROGRAM'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
int main(void) { return printf("%d\n", ((int (*)(void))dlsym(RTLD_DEFAULT, "count"))()) < 0; }
END_OF_PROGRAM
with_tool "1" libtool.so ./main
