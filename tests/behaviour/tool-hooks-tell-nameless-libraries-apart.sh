#!/usr/bin/env bash
# The callers of a hook: the empty name is the executable's alone, and a library without a SONAME goes by its file's.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

compile "$host/plugin.so" -shared -fPIC <<'END_OF_PLUGIN'
#include <unistd.h>
int of_plugin(void) { return getppid() == -7; }
END_OF_PLUGIN
program main "$host/plugin.so" <<'END_OF_PROGRAM'
#include <stdio.h>
#include <unistd.h>
int of_plugin(void);
int main(void) { return printf("main %d, plugin %d\n", getppid() == -7, of_plugin()) < 0; }
END_OF_PROGRAM
tool libtool.so <<'END_OF_TOOL'
#include "tool.h"
static int replacement(void) { return -7; }
__attribute__((constructor)) static void start(void) {
    bh_hook_request request = {.size = sizeof request, .name = "getppid", .replacement = (void *)replacement};
    request.callers = getenv("CALLERS");
    bh_hook *hook;
    if (bh_tool_hook(&request, 1, &hook, 0) != BH_OK) _exit(9);
}
END_OF_TOOL
CALLERS='' with_tool "main 1, plugin 0" libtool.so ./main
CALLERS=plugin.so with_tool "main 0, plugin 1" libtool.so ./main
CALLERS='*' with_tool "main 1, plugin 1" libtool.so ./main
