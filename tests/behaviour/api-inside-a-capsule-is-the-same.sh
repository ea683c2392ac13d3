#!/bin/bash
# A capsule's library that is itself linked with libbulkhead.so.0 uses the process's one: it opens the same capsules,
# in its constructor, too, in threads, and after a fork; while others do.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libthing.so.1 <<<'static int count; int thing(void) { return ++count; }'
library libuses.so.1 -I"$include" -I"$here" "$products/libbulkhead.so.0" <<'EOF'
#include "api-calls.h"
static int in_constructor;
static bh_capsule *inner(void) { return capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "inner")); }
__attribute__((constructor)) static void begin(void) { in_constructor = call(library_in(inner(), "libthing.so.1"), "thing"); }
int at_first(void) { return in_constructor; }
int uses(void) { return call(library_in(inner(), "libthing.so.1"), "thing"); }
int itself(void) {
  // The capsule that it is in, by the same options.
  bh_capsule *outer = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "outer"));
  bh_library *me = library_in(outer, "libuses.so.1");
  int same = symbol_of(me, "uses") == (void *)uses;
  close_library(me);
  return same;
}
void *version(void) { return (void *)bh_version; }
int opens_namespace(void) {
  void *handle = bh_dlmopen(LM_ID_NEWLM, getenv("THING"), RTLD_NOW);
  if (!handle) { puts(bh_dlerror()); return -1; }
  int result = ((int (*)(void))dlsym(handle, "thing"))();
  bh_dlclose(handle);
  return result;
}
EOF
export TREE=$tree THING=$libs/libthing.so.1

caller program <<'EOF'
#include "api-calls.h"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
static bh_library *uses;
static void *work(void *number) {
  for (int i = 0; i < 50; ++i) {
    bh_capsule *mine = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = number ? "inner" : "another"));
    bh_library *thing = library_in(mine, "libthing.so.1");
    call(thing, "thing");
    if (call(uses, "itself") != 1) return "not itself";
    if (call(uses, "opens_namespace") != 1) return "not a new namespace";
    close_library(thing);
  }
  return 0;
}
int main(int count, char **arguments) {
  bh_capsule *outer = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "outer"));
  uses = library_in(outer, "libuses.so.1");
  printf("%d %d %d ", call(uses, "at_first"), call(uses, "uses"), call(uses, "itself"));
  bh_capsule *inner = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "inner"));
  printf("%d ", call(library_in(inner, "libthing.so.1"), "thing"));
  printf("%d ", ((void *(*)(void))symbol_of(uses, "version"))() == (void *)bh_version);
  fflush(stdout);

  // In a child, which has all that the parent had and opens more.
  pid_t child = fork();
  if (child == 0) {
    bh_capsule *more = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "more"));
    int right = call(uses, "uses") == 4 && call(library_in(more, "libthing.so.1"), "thing") == 1 && !work(0);
    _exit(right ? 10 : 11);
  }
  int status;
  waitpid(child, &status, 0);
  printf("%d ", WEXITSTATUS(status));

  pthread_t threads[4];
  for (long i = 0; i < 4; ++i) pthread_create(&threads[i], 0, work, (void *)(i % 2));
  for (int i = 0; i < 4; ++i) {
    void *said;
    pthread_join(threads[i], &said);
    if (said) return puts(said);
  }
  puts("done");
}
EOF
expect "1 2 1 3 1 10 done" ./program
