#!/usr/bin/env bash
# Several hooks on one function are called from the newest to the oldest; each can be taken off, whatever the order, and
# with the last one everything is as before, lazily bound or not. A program may hook its own calls.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libwidget.so <<<'int widget(int x) { return x; }'
module libuses.so "$host/libwidget.so" "-Wl,-rpath,$host" <<<'int widget(int); int uses(int x) { return widget(x); } int (*pointer)(int) = widget; int through(int x) { return pointer(x); }'
for options in -Wl,-z,lazy -Wl,-z,now; do
    caller main "$options" "$host/libuses.so" "$host/libwidget.so" "-Wl,-rpath,$host" <<'END'
#include "tool.h"
int widget(int), uses(int);
int through(int);
static int (*original[3])(int);
static int first(int x) { return original[0](x * 10 + 1); }
static int second(int x) { return original[1](x * 10 + 2); }
static int third(int x) { return original[2](x * 10 + 3); }
static void show(void) { printf("%d %d %d, ", widget(0), uses(0), through(0)); }
static bh_hook *own(void *replacement, int (**to)(int)) {
    bh_hook_request request = {.size = sizeof request, .name = "widget", .replacement = replacement, .original = (void **)to, .flags = BH_HOOK_OWN_CALLS};
    bh_hook *made = 0;
    CHECK(bh_tool_hook, &request, 1, &made);
    return made;
}
int main(void) {
    bh_hook *a = hook("widget", first, &original[0]);
    show();
    bh_hook *b = own(second, &original[1]), *c = own(third, &original[2]);
    show();
    bh_tool_unhook(b);
    show();
    bh_tool_unhook(a);
    show();
    a = own(first, &original[0]);
    show();
    bh_tool_unhook(a), bh_tool_unhook(c);
    show();
    bh_tool_unhook(0);
    puts("");
    return 0;
}
END
    expect "0 1 1, 321 321 321, 31 31 31, 3 3 3, 13 13 13, 0 0 0, " ./main
done
