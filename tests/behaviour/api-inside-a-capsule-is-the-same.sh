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
#include "claims.h"
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
  CLAIM("in a constructor", "%d", call(uses, "at_first"));
  CLAIM("in a function", "%d", call(uses, "uses"));
  HOLDS("its own capsule", call(uses, "itself") == 1);
  bh_capsule *inner = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "inner"));
  CLAIM("the program, in the capsule that it opened", "%d", call(library_in(inner, "libthing.so.1"), "thing"));
  HOLDS("one libbulkhead", ((void *(*)(void))symbol_of(uses, "version"))() == (void *)bh_version);

  // In a child, which has all that the parent had and opens more.
  pid_t child = fork();
  if (child == 0) {
    bh_capsule *more = capsule_with(OPTIONS(.tree = getenv("TREE"), .name = "more"));
    int right = call(uses, "uses") == 4 && call(library_in(more, "libthing.so.1"), "thing") == 1 && !work(0);
    _exit(right ? 10 : 11);
  }
  int status;
  waitpid(child, &status, 0);
  HOLDS("a child has it all and opens more", WEXITSTATUS(status) == 10);

  pthread_t threads[4];
  for (long i = 0; i < 4; ++i) pthread_create(&threads[i], 0, work, (void *)(i % 2));
  for (int i = 0; i < 4; ++i) {
    void *said;
    pthread_join(threads[i], &said);
    CLAIM("a thread", "%s", said ? (char *)said : "done");
  }
}
EOF
claims ./program <<'END'
in a constructor                           => 1
in a function                              => 2
its own capsule                            => yes
the program, in the capsule that it opened => 3
one libbulkhead                            => yes
a child has it all and opens more          => yes
a thread                                   => done
a thread                                   => done
a thread                                   => done
a thread                                   => done
END
