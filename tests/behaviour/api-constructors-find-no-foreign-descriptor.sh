#!/bin/bash
# A library that bh_dlmopen loads in the program's namespace finds no descriptor there that the program does not have:
# by its own name or to be shared, with other threads or without. (One that closes all it finds would close ours.)
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

for name in libcounts.so libcountstoo.so; do
    module $name -I. <<'EOF'
#include "descriptors.h"
int descriptors;
__attribute__((constructor)) static void begin(void) { descriptors = count_descriptors(); }
EOF
done

caller counts -I. "-Wl,-rpath,$host" <<'EOF'
#include "api-calls.h"
#include "descriptors.h"
#include "claims.h"
#include <pthread.h>
#include <unistd.h>
static void *wait_forever(void *unused) { pause(); return 0; }
static int found_by(long space, const char *file, int mode) {
  void *handle = bh_dlmopen(space, file, mode | RTLD_NOW);
  if (!handle) { puts(bh_dlerror()); exit(1); }
  return *(int *)dlsym(handle, "descriptors");
}
int main(int arguments, char **unused) {
  pthread_t thread;
  if (arguments > 1) pthread_create(&thread, 0, wait_forever, 0);
  int ours = count_descriptors();
  CLAIM("more than ours, in the base", "%d", found_by(LM_ID_BASE, "libcounts.so", 0) - ours);
  CLAIM("more than ours, in a namespace", "%d", found_by(LM_ID_NEWLM, "libcountstoo.so", RTLD_SHARED) - ours);
}
EOF
claims ./counts <<'END'
more than ours, in the base    => 0
more than ours, in a namespace => 0
END
hold claims.txt ./counts threads
