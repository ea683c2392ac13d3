#!/bin/bash
# A thread with a cancellation pending is not cancelled inside the interface, as it is not inside dlopen: ld.so's lock
# would never be given back. It ends at the next cancellation point of its own.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libany.so.1 <<<'int any(void) { return 1; }'
cat >capsules.toml <<EOF
[capsule.any]
tree = "$tree"
expose = []
EOF

caller cancelled <<'EOF'
#include "api-calls.h"
#include <pthread.h>
static const char *tree;
static int steps;
static int count_one(const bh_library_info *info, void *data) { return 0; }
static void *open_all(void *unused) {
  bh_capsule *capsule;
  bh_error *error = 0;
  pthread_cancel(pthread_self());
  capsule = capsule_with(OPTIONS(.tree = tree));                                       ++steps;
  bh_library *library = library_in(capsule, "libany.so.1");                            ++steps;
  bh_capsule_libraries(capsule, count_one, 0);                                         ++steps;
  bh_symbol(library, "absent", 0, 0);                                                  ++steps;
  bh_owner(capsule, 0);                                                                ++steps;
  if (!bh_dlmopen(LM_ID_NEWLM, "libm.so.6", RTLD_NOW)) return "no";                    ++steps;
  bh_capsule_open_config("capsules.toml", "any", &capsule, &error);                    ++steps;
  capsule_with(OPTIONS(.tree = tree, .expose = NAMES("libany.so.1")));                 ++steps;
  close_library(library);                                                              ++steps;
  pthread_testcancel();
  return "not cancelled";
}
int main(int count, char **arguments) {
  tree = arguments[1];
  pthread_t thread;
  void *result;
  pthread_create(&thread, 0, open_all, 0);
  pthread_join(thread, &result);
  if (result != PTHREAD_CANCELED) return puts(result), 1;
  if (!dlopen("libm.so.6", RTLD_NOW)) return 2;
  printf("cancelled after %d steps\n", steps);
}
EOF
expect "cancelled after 9 steps" timeout 20 ./cancelled "$tree"
