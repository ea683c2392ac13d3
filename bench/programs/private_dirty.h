// How much memory is this process's alone and written to.
#pragma once

#include <err.h>
#include <stdio.h>

static long private_dirty_kib(void) {
  char line[256];
  long kib = -1;
  FILE* rollup = fopen("/proc/self/smaps_rollup", "re");
  if (rollup == NULL) err(77, "/proc/self/smaps_rollup");
  while (fgets(line, sizeof line, rollup) != NULL) {
    if (sscanf(line, "Private_Dirty: %ld", &kib) == 1) break;
  }
  fclose(rollup);
  return kib;
}
