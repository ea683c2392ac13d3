#!/usr/bin/env bash
# A program that was compiled for a later release may give longer structures, as long as what this release does not know in
# them is 0; else nothing is done, and it is told so. None is shorter than in the first release. Of what it gets as much is written as both know.
# shellcheck source=tests/behaviour/tool.bash
source "$(dirname "$0")/tool.bash"

caller program <<'END'
#include "tool.h"
static int replacement(void) { return -7; }
static int other(void) { return -8; }
static void tell(const bh_library_event *event, void *data) {}
static bh_verdict before(bh_call *call, void *context) { return BH_PASS_ON; }

// A hook's request of a later release.
struct later { bh_hook_request known; long unknown; };
#define LATER(function, by) {{.size = sizeof(struct later), .name = function, .replacement = (void *)by, .flags = BH_HOOK_OWN_CALLS}}

static bh_hook *hooks[2];
static void attempt(const char *what, const void *requests, size_t count) {
    bh_error *error = 0;
    bh_code code = bh_tool_hook(requests, count, hooks, &error);
    printf("%s: %d %s, %d %d\n", what, code, code ? bh_error_text(error) : "", getppid() == -7, getsid(0) == -8);
    bh_error_free(error);
    for (int i = 0; !code && i < count; ++i) bh_tool_unhook(hooks[i]);
}
int main(void) {
    struct later requests[2] = {LATER("getppid", replacement), LATER("getsid", other)};
    attempt("two", requests, 2);
    requests[1].unknown = 1L << 40;
    attempt("with a member", requests, 2);
    requests[1].unknown = 0, requests[1].known.size = sizeof(bh_hook_request);
    attempt("of two sizes", requests, 2);
    requests[0].known.size = 0;
    attempt("without a size", requests, 1);
    requests[0].known.size = offsetof(bh_hook_request, flags);
    attempt("shorter", requests, 1);
    requests[0].known.size = sizeof requests[0], requests[0].known.flags |= 1u << 31;
    attempt("with a flag", requests, 1);

    bh_watch *watch;
    printf("watch %d, interception %d\n", bh_tool_watch(tell, 0, 1u << 31, &watch, 0), bh_tool_intercept(before, 0, 0, 1u << 31, 0));

    bh_tool_regions((int (*)(const bh_region *, void *))other, 0);
    struct { bh_region known; long unknown; } region = {{.size = sizeof region}, 5};
    bh_tool_region_of((void *)main, &region.known);
    printf("%d %s %ld\n", region.known.size == sizeof(bh_region), region.known.soname, region.unknown);
    struct { size_t size; bh_region_kind kind; unsigned reserved; const void *begin, *end; } shorter = {sizeof shorter - 8, 0, 0, 0, main};
    bh_tool_region_of((void *)main, (bh_region *)&shorter);
    printf("%d %d %d\n", shorter.size == sizeof shorter - 8, shorter.begin != 0, shorter.end == (void *)main);
}
END
later='was given %s that this release does not know; do without them, or install the release of bulkhead that has them'
# shellcheck disable=SC2059
expect "two: 0 , 1 1
with a member: 5 bh_tool_hook: $(printf "$later" members), 0 0
of two sizes: 7 bh_tool_hook: structures of different sizes, 0 0
without a size: 7 bh_tool_hook: a structure whose size was not set, 0 0
shorter: 7 bh_tool_hook: a structure whose size was not set, 0 0
with a flag: 5 bh_tool_hook: $(printf "$later" flags), 0 0
watch 5, interception 5
1 program 5
1 1 1" ./program
