#!/bin/bash
# atexit and __cxa_thread_atexit_impl handlers of a namespace's libraries run once: when the library is closed, or at
# exit, the last one first; a thread's keep their library. (glibc's tstatexit, tst-tls-atexit,
# tstcxaatexit, bug-atexit1 to 3.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libends.so.1 <<'EOF'
#include <stdio.h>
#include <stdlib.h>
static void first(void) { dprintf(1, "first "); }
static void second(void) { dprintf(1, "second "); }
static void late(void) { dprintf(1, "late "); }
static void adds(void) { dprintf(1, "adds "); atexit(late); }
__attribute__((destructor)) static void end(void) { dprintf(1, "destructor "); }
int put(void) { return atexit(first) + atexit(second) + atexit(adds); }
EOF
both_do <<'EOF'
open a + libends.so.1  => ok
call a put             => 0
close a                => destructor adds late second first ok
open a + libends.so.1  => ok
call a put             => 0
open b + libends.so.1  => ok
call b put             => 0
close a                => destructor adds late second first ok
call b put             => 0
close b                => destructor adds late second first adds late second first ok
end                    =>
EOF

# At exit.
ends_at_exit() { cat <<'EOF'
open a + libends.so.1  => ok
call a put             => 0
end                    => adds late second first destructor
EOF
}
ends_at_exit | bulkhead_does
ends_at_exit | dlopen_does

# C++: objects in a library, and in functions that were called.
language=c++ module libobjects.so.1 <<'EOF'
#include <cstdio>
struct Object {
  const char *name;
  explicit Object(const char *name) : name(name) { dprintf(1, "%s+ ", name); }
  ~Object() { dprintf(1, "%s- ", name); }
};
static Object global("global");
extern "C" int use() { static Object local("local"); return 1; }
extern "C" int use_in_thread() { static thread_local Object mine("mine"); return mine.name[0] == 'm'; }
EOF
both_do <<'EOF'
open o + libobjects.so.1  => global+ ok
call o use                => local+ 1
close o                   => local- global- ok
open o + libobjects.so.1  => global+ ok
end                       => global-
EOF

# A thread's objects end with the thread; their library stays until then.
both threads <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include "dlmopen-plain.h"
static void *handle;
static void *work(void *unused) {
  ((int (*)(void))dlsym(handle, "use_in_thread"))();
  bh_dlclose(handle);
  dprintf(1, "closed ");
  return 0;
}
int main(int count, char **arguments) {
  void *keep = bh_dlmopen(LM_ID_NEWLM, arguments[2], RTLD_NOW);
  Lmid_t space;
  dlinfo(keep, RTLD_DI_LMID, &space);
  handle = bh_dlmopen(space, arguments[1], RTLD_NOW);
  if (!handle) return puts(bh_dlerror());
  pthread_t thread;
  pthread_create(&thread, 0, work, 0);
  pthread_join(thread, 0);
  dprintf(1, "joined ");
  handle = bh_dlmopen(space, arguments[1], RTLD_NOW);
  bh_dlclose(handle);
}
EOF
module libkeep.so.1 <<<'int keep;'
# The difference: threads are the program's, and a libc that did not make a thread does not see its end.
expect "global+ mine+ closed joined global- " ./threads-plain "$host/libobjects.so.1" "$host/libkeep.so.1"
expect "global+ mine+ closed mine- joined global- " ./threads "$host/libobjects.so.1" "$host/libkeep.so.1"
