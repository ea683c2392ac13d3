#!/usr/bin/env bash
# Several hooks on one function are called from the newest to the oldest; each can be taken off, whatever the order, and
# with the last one everything is as before, lazily bound or not. A program may hook its own calls.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

module libwidget.so <<<'int widget(int x) { return x; }'
module libuses.so "$host/libwidget.so" "-Wl,-rpath,$host" <<<'int widget(int); int uses(int x) { return widget(x); } int (*pointer)(int) = widget; int through(int x) { return pointer(x); }'
while read -r by_program by_library through when; do
    printf '%s =>\n' "$when"
    printf '  %s => %s\n' "by the program" "$by_program" "by a library" "$by_library" "through its pointer" "$through"
done >wanted.txt <<'END'
0   1   1   the first
321 321 321 all three
31  31  31  the first and the third
3   3   3   the third
13  13  13  the third and the first
0   0   0   none
END
for options in -Wl,-z,lazy -Wl,-z,now; do
    caller main "$options" "$host/libuses.so" "$host/libwidget.so" "-Wl,-rpath,$host" <<'END'
#include "tool.h"
int widget(int), uses(int);
int through(int);
static int (*original[3])(int);
static int first(int x) { return original[0](x * 10 + 1); }
static int second(int x) { return original[1](x * 10 + 2); }
static int third(int x) { return original[2](x * 10 + 3); }
static void show(const char *when) {
    CLAIM(when, "");
    CLAIM("  by the program", "%d", widget(0));
    CLAIM("  by a library", "%d", uses(0));
    CLAIM("  through its pointer", "%d", through(0));
}
static bh_hook *own(void *replacement, int (**to)(int)) {
    bh_hook_request request = {.size = sizeof request, .name = "widget", .replacement = replacement, .original = (void **)to, .flags = BH_HOOK_OWN_CALLS};
    bh_hook *made = 0;
    CHECK(bh_tool_hook, &request, 1, &made);
    return made;
}
int main(void) {
    bh_hook *a = hook("widget", first, &original[0]);
    show("the first");
    bh_hook *b = own(second, &original[1]), *c = own(third, &original[2]);
    show("all three");
    bh_tool_unhook(b);
    show("the first and the third");
    bh_tool_unhook(a);
    show("the third");
    a = own(first, &original[0]);
    show("the third and the first");
    bh_tool_unhook(a), bh_tool_unhook(c);
    show("none");
    bh_tool_unhook(0);
    return 0;
}
END
    hold wanted.txt ./main
done
