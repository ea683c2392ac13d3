#!/bin/bash
# Capsules that could not be opened take no place of the fifteen, however many there were, and in whichever way they
# failed: what comes after is opened, in as many namespaces as ever.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libany.so.1 <<<'int any(void) { return 1; }'

caller fail <<'EOF'
#include "api-calls.h"
int main(int count, char **arguments) {
  const char *tree = arguments[1];
  char name[20];
  bh_capsule *capsule;
  for (int i = 0; i < 40; ++i) {
    snprintf(name, sizeof name, "capsule %d", i);
    const bh_capsule_options *wrong[] = {
      OPTIONS(.tree = tree, .name = name, .flags = BH_CAPSULE_ISOLATED),  // no libc in it
      OPTIONS(.tree = tree, .name = name, .expose = NAMES("libabsent.so.1")),
      OPTIONS(.tree = tree, .name = name, .expose = NAMES("libdl.so.2", "libbulkhead.so.0")),
      OPTIONS(.tree = tree, .name = name, .expose = NAMES("libbulkhead.so.0"))};
    bh_error *error = 0;
    bh_code code = bh_capsule_open(wrong[i % 4], &capsule, &error);
    if (code == BH_OK || code == BH_LIMIT) return printf("%d: %s\n", i, bh_error_text(error)), 1;
    bh_error_free(error);
  }
  for (int i = 0; i < 15; ++i) {
    snprintf(name, sizeof name, "capsule %d", i);
    bh_library *library = library_in(capsule_with(OPTIONS(.tree = tree, .name = name)), "libany.so.1");
    if (call(library, "any") != 1) return 2;
  }
  bh_error *error = 0;
  if (bh_capsule_open(OPTIONS(.tree = tree, .name = "one more"), &capsule, &error) != BH_LIMIT) return 3;
  puts("15 capsules after 40 failures");
}
EOF
expect "15 capsules after 40 failures" ./fail "$tree"
