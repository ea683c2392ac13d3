#!/bin/bash
# Who opens a capsule with the same options gets the same one, with what is loaded there, in threads that do so at once,
# too; another name, tree, or list is another one.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libstate.so.1 <<<'static int count; int bump(void) { return ++count; } int add(int n) { return __atomic_add_fetch(&count, n, __ATOMIC_RELAXED); }'
caller joined <<'EOF'
#include "api-calls.h"
#include "claims.h"
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
  HOLDS("the same, said otherwise", one == same);
  HOLDS("the same, said otherwise: namespace", bh_capsule_namespace(one) == bh_capsule_namespace(same));
  HOLDS("no options and the tree /", system == capsule_with(OPTIONS(.tree = "/")));
  HOLDS("another list is another one", one != other && bh_capsule_namespace(one) != bh_capsule_namespace(other));
  HOLDS("another name is another one", named != other);
  HOLDS("another path is another one", paths != other);
  CLAIM("name", "%s", bh_capsule_name(named));
  CLAIM("no name", "\"%s\"", bh_capsule_name(other));
  HOLDS("tree", strcmp(bh_capsule_tree(other), tree) == 0);
  CLAIM("tree of no options", "%s", bh_capsule_tree(system));
  call(library_in(one, "libstate.so.1"), "bump");
  bh_capsule_close(one);
  bh_capsule_close(same);
  one = capsule_with(OPTIONS(.tree = tree, .share = NAMES("a.so", "b.so")));
  CLAIM("opened again, what is loaded there", "%d", call(library_in(one, "libstate.so.1"), "bump"));
  CLAIM("another one's, by its path", "%d", call(library_in(other, "/usr/lib/libstate.so.1"), "bump"));
  CLAIM("another one's, by its name", "%d", call(library_in(named, "libstate.so.1"), "bump"));
}
EOF
claims ./joined "$tree" <<'END'
the same, said otherwise            => yes
the same, said otherwise: namespace => yes
no options and the tree /           => yes
another list is another one         => yes
another name is another one         => yes
another path is another one         => yes
name                                => other
no name                             => ""
tree                                => yes
tree of no options                  => /
opened again, what is loaded there  => 2
another one's, by its path          => 1
another one's, by its name          => 1
END

# Threads that open the same at once get the same.
caller race -pthread <<'EOF'
#include "api-calls.h"
#include "claims.h"
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
  CLAIM("threads with the same one", "%d", same);
  CLAIM("calls in five rounds", "%d", total);
  CLAIM("the last one's state", "%d", ((int (*)(int))symbol_of(library_in(capsules[0], "libstate.so.1"), "add"))(0));
}
EOF
claims ./race "$tree" <<'END'
threads with the same one => 8
calls in five rounds      => 40
the last one's state      => 8
END
