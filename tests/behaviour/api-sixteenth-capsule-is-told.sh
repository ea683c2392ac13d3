#!/bin/bash
# The 16th different capsule is BH_LIMIT, also where others made namespaces; those that exist still open.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libstate.so.1 <<<'static int count; int bump(void) { return ++count; } int add(int n) { return __atomic_add_fetch(&count, n, __ATOMIC_RELAXED); }'
module libplain.so.1 <<<'int x;'

caller limit <<'EOF'
#include "api-calls.h"
int main(int count, char **arguments) {
  int taken = atoi(arguments[2]), made = 0;
  for (int i = 0; i < taken; ++i)
    if (!dlmopen(LM_ID_NEWLM, arguments[3], RTLD_NOW)) return 2;
  for (int round = 0; round < 2; ++round) {
    for (made = 0; made < 40; ++made) {
      char name[16];
      bh_capsule *capsule = 0;
      bh_error *error = 0;
      sprintf(name, "%d", made);
      bh_code code = bh_capsule_open(OPTIONS(.tree = arguments[1], .name = name), &capsule, &error);
      if (code == BH_OK && call(library_in(capsule, "libstate.so.1"), "bump") == round + 1) continue;
      printf("%d, then %d: %s\n", made, code, bh_error_text(error));
      break;
    }
  }
  printf("%d", bh_dlmopen(LM_ID_NEWLM, arguments[3], RTLD_NOW) != 0);
  return strstr(bh_dlerror(), "15 capsules") == 0;
}
EOF
expect "15, then 2: glibc allows 15 capsules in a process, and all are in use
15, then 2: glibc allows 15 capsules in a process, and all are in use
0" ./limit "$tree" 0 "$host/libplain.so.1"
expect "12, then 2: glibc allows 15 capsules in a process, and all are in use
12, then 2: glibc allows 15 capsules in a process, and all are in use
0" ./limit "$tree" 3 "$host/libplain.so.1"
