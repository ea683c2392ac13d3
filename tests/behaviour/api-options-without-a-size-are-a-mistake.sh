#!/bin/bash
# Options whose size was not set are BH_ARGUMENT, whatever happens to be in its place: nothing behind them is read.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

caller sizes <<'EOF'
#include "api-calls.h"
#include <sys/mman.h>
int main(void) {
  // At the end of what is mapped.
  char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + 4096, 4096, PROT_NONE);
  bh_capsule_options *options = (bh_capsule_options *)(pages + 4096) - 1;
  const size_t sizes[] = {0, 1, 7, 4097, 1UL << 40, -1UL};
  bh_capsule *capsule;
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    options->size = sizes[i];
    if (bh_capsule_open(options, &capsule, 0) != BH_ARGUMENT) return 1;
  }
  options->size = sizeof *options;
  capsule_with(options);
  puts("told");
}
EOF
expect told ./sizes
