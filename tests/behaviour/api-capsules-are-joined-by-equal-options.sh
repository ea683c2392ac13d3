#!/bin/bash
# Who opens a capsule with the same options gets the same one, with what is loaded there; another name, tree, or list
# is another one. The 16th different one is BH_LIMIT, also where others made namespaces; those that exist still open.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libstate.so.1 <<<'static int count; int bump(void) { return ++count; } int add(int n) { return __atomic_add_fetch(&count, n, __ATOMIC_RELAXED); }'
module libplain.so.1 <<<'int x;'

caller joined <<'EOF'
#include "api-calls.h"
int main(int count, char **arguments) {
  const char *tree = arguments[1];
  char slash[4096];
  snprintf(slash, sizeof slash, "%s/", tree);
  bh_capsule *one = capsule_with(OPTIONS(.tree = tree, .share = NAMES("a.so", "b.so")));
  bh_capsule *same = capsule_with(OPTIONS(.tree = slash, .name = "", .share = NAMES("b.so", "a.so", "b.so")));
  bh_capsule *other = capsule_with(OPTIONS(.tree = tree));
  bh_capsule *named = capsule_with(OPTIONS(.tree = tree, .name = "other"));
  bh_capsule *paths = capsule_with(OPTIONS(.tree = tree, .library_path = NAMES("/usr/lib")));
  bh_capsule *system = capsule_with(0);
  printf("%d %d %d %d ", one == same, one == other, named == other, paths == other);
  printf("%d\n", system == capsule_with(OPTIONS(.tree = "/")));
  printf("%d %d ", bh_capsule_namespace(one) == bh_capsule_namespace(same), bh_capsule_namespace(one) == bh_capsule_namespace(other));
  printf("%s|%s|%d|%s\n", bh_capsule_name(named), bh_capsule_name(other), strcmp(bh_capsule_tree(other), tree), bh_capsule_tree(system));
  call(library_in(one, "libstate.so.1"), "bump");
  bh_capsule_close(one);
  bh_capsule_close(same);
  one = capsule_with(OPTIONS(.tree = tree, .share = NAMES("a.so", "b.so")));
  printf("%d ", call(library_in(one, "libstate.so.1"), "bump"));
  printf("%d ", call(library_in(other, "/usr/lib/libstate.so.1"), "bump"));
  printf("%d\n", call(library_in(named, "libstate.so.1"), "bump"));
}
EOF
expect "1 0 0 0 1
1 0 other||0|/
2 1 1" ./joined "$tree"

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

# Threads that open the same at once get the same.
caller race -pthread <<'EOF'
#include "api-calls.h"
#include <pthread.h>
static const char *tree;
static pthread_barrier_t start;
static int total;
static void *work(void *unused) {
  bh_capsule *capsule = 0;
  for (int round = 0; round < 5; ++round) {
    char name[16];
    sprintf(name, "round %d", round);
    pthread_barrier_wait(&start);
    capsule = capsule_with(OPTIONS(.tree = tree, .name = name));
    bh_library *library = library_in(capsule, "libstate.so.1");
    __atomic_add_fetch(&total, ((int (*)(int))symbol_of(library, "add"))(1) > 0, __ATOMIC_RELAXED);
    pthread_barrier_wait(&start);
    if (round < 4) close_library(library);
  }
  return capsule;
}
int main(int count, char **arguments) {
  pthread_t threads[8];
  void *capsules[8];
  tree = arguments[1];
  pthread_barrier_init(&start, 0, 8);
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], 0, work, 0);
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], &capsules[i]);
  int same = 0;
  for (int i = 0; i < 8; ++i) same += capsules[i] == capsules[0];
  printf("%d %d %d", same, total, ((int (*)(int))symbol_of(library_in(capsules[0], "libstate.so.1"), "add"))(0));
}
EOF
expect "8 40 8" ./race "$tree"
