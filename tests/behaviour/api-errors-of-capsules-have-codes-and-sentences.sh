#!/bin/bash
# Each opening of a capsule that fails tells a code and a sentence with the file, and leaves errno and results alone; what a
# later release's structures have is refused if it is not zero.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libgood.so.1 -Wl,--defsym=none=0 <<'EOF'
#include <stdio.h>
__thread int mine = 4;
int good(void) { return puts("") >= 0; }
EOF
caller errors <<'EOF'
#include "api-attempts.h"
int main(int count, char **arguments) {
  const char *tree = arguments[1];
  bh_error *error = 0;
  errno = 77;
  attempt_open("no such tree", OPTIONS(.tree = "/absent-tree"), "/absent-tree");
  attempt_open("a file as tree", OPTIONS(.tree = arguments[2]), arguments[2]);
  attempt_open("relative tree", OPTIONS(.tree = "tree"), "\"tree\"");
  attempt_open("reserved name", OPTIONS(.tree = tree, .name = "#1"), "#1");
  attempt_open("unknown flag", OPTIONS(.tree = tree, .flags = 1u << 30), "flags");
  attempt_open("reserved member", OPTIONS(.tree = tree, .reserved = 1), "flags");
  attempt_open("own heap", OPTIONS(.tree = tree, .flags = BH_CAPSULE_OWN_HEAP), "BH_CAPSULE_ISOLATED");
  attempt_open("shared and private", OPTIONS(.tree = tree, .share = NAMES("a.so"), .keep_private = NAMES("a.so")), "a.so");
  attempt_open("shared and exposed", OPTIONS(.tree = tree, .share = NAMES("a.so"), .expose = NAMES("a.so")), "a.so");
  attempt_open("private and exposed", OPTIONS(.tree = tree, .keep_private = NAMES("a.so"), .expose = NAMES("a.so")), "a.so");
  attempt_open("libc exposed", OPTIONS(.tree = tree, .expose = NAMES("libc.so.6")), "libc.so.6");
  attempt_open("relative map", OPTIONS(.tree = tree, .map = NAMES("etc")), "etc");
  attempt_open("absent exposed", OPTIONS(.tree = tree, .name = "absent", .expose = NAMES("libabsent.so.9")), "libabsent.so.9");
  attempt_open("isolated, another glibc", OPTIONS(.tree = tree, .flags = BH_CAPSULE_ISOLATED), "");
  bh_code code = bh_capsule_open(0, 0, &error);
  tell("no place", code, error, "place");

  struct { bh_capsule_options known; long unknown[2]; } later = {{.size = sizeof later, .tree = tree}, {0, 0}};
  attempt_open("later, zero", &later.known, "");
  later.unknown[1] = 1;
  attempt_open("later, not zero", &later.known, "bh_capsule_open: was given members that this release does not know");
  bh_capsule_options first = {.size = sizeof(size_t), .tree = (const char *)1};
  attempt_open("size alone", &first, "size");
  first.size = 4;
  attempt_open("no size", &first, "size");
}
EOF
claims ./errors "$tree" "$libs/libgood.so.1" <<'END'
no such tree            => MISSING
a file as tree          => SYSTEM
relative tree           => ARGUMENT
reserved name           => ARGUMENT
unknown flag            => UNSUPPORTED
reserved member         => UNSUPPORTED
own heap                => ARGUMENT
shared and private      => CONFLICT
shared and exposed      => CONFLICT
private and exposed     => CONFLICT
libc exposed            => CONFLICT
relative map            => ARGUMENT
absent exposed          => MISSING
isolated, another glibc => MISSING
no place                => ARGUMENT
later, zero             => OK
later, not zero         => UNSUPPORTED
size alone              => ARGUMENT
no size                 => ARGUMENT
END
