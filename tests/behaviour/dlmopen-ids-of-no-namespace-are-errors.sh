#!/bin/bash
# What is no namespace's id is refused: none but LM_ID_NEWLM is negative, although ld.so itself takes -2 for the
# caller's own namespace.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

caller ids <<'EOF'
#include "api-calls.h"
static int count_one(struct dl_phdr_info *info, size_t size, void *count) { return ++*(int *)count, 0; }
int main(void) {
  const long ids[] = {-3, -2, 7, 16, 1L << 40};
  int count = 0;
  for (unsigned i = 0; i < sizeof ids / sizeof *ids; ++i) {
    if (bh_dlmopen(ids[i], "libm.so.6", RTLD_NOW)) return printf("%ld is opened in\n", ids[i]), 1;
    if (!bh_dlerror()) return 2;
    if (bh_dl_iterate_ns_phdr(ids[i], count_one, &count) != -1) return printf("%ld is listed\n", ids[i]), 3;
  }
  printf("%d objects\n", count);
}
EOF
expect "0 objects" ./ids
