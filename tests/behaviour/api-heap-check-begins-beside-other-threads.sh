#!/bin/bash
# bh_debug_heap may be called while other threads open and close libraries.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libany.so <<<'#include <stdlib.h>
void *any(void) { return malloc(1); }'

caller watch <<'EOF'
#include "api-calls.h"
#include <pthread.h>
#include <unistd.h>
static const char *file;
static void *open_and_close(void *unused) {
  for (;;) dlclose(dlopen(file, RTLD_NOW));
}
int main(int count, char **arguments) {
  file = arguments[1];
  pthread_t thread;
  pthread_create(&thread, 0, open_and_close, 0);
  pthread_create(&thread, 0, open_and_close, 0);
  for (int i = 0; i < 2000; ++i) bh_debug_heap();
  puts("watched");
  fflush(stdout);
  _exit(0);
}
EOF
expect watched timeout 60 ./watch "$host/libany.so"
