#!/bin/bash
# Modes and namespaces that there are not are errors; a message is its thread's, and tells what dlsym and dlvsym missed.
# (glibc's tst-dlsym-error.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libsound.so.1 <<<'int getpid(void); int f(void) { return getpid() > 0; }'  # it needs libc
both modes <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include "claims.h"
#include "dlmopen-plain.h"
static const char *file;
static void *other_thread(void *unused) { return bh_dlerror(); }
static void attempt(const char *what, long space, int mode) {
  void *handle = bh_dlmopen(space, file, mode);
  const char *said = bh_dlerror();
  CLAIM(what, "%s", handle ? "opened" : said && *said ? "error" : "no words");
}
int main(int count, char **arguments) {
  file = arguments[1];
  setvbuf(stdout, 0, _IONBF, 0);
  attempt("no mode", LM_ID_NEWLM, 0);
  attempt("base, no mode", LM_ID_BASE, 0);
  attempt("namespace 9", 9, RTLD_NOW);
  attempt("namespace -7", -7, RTLD_NOW);
  attempt("namespace 400", 400, RTLD_NOW);
  file = 0;
  attempt("no file, base", LM_ID_BASE, RTLD_NOW);
#ifndef PLAIN
  // The difference: plain dlmopen makes of it what dlopen does, or crashes.
  attempt("no file", LM_ID_NEWLM, RTLD_NOW);
#else
  CLAIM("no file", "error");
#endif
  file = arguments[1];
  // A message is its thread's.
  bh_dlmopen(LM_ID_NEWLM, "/absent.so", RTLD_NOW);
  pthread_t thread;
  void *said;
  pthread_create(&thread, 0, other_thread, 0);
  pthread_join(thread, &said);
  CLAIM("a message in another thread", "%s", said ? (char *)said : "nothing");
  HOLDS("a message in its thread", strstr(bh_dlerror(), "/absent.so"));
  // dlsym's handles.
  void *handle = bh_dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
  dlsym(handle, "absent");
  HOLDS("dlsym's message", strstr(bh_dlerror(), "undefined symbol: absent"));
  dlvsym(handle, "f", "VERSION_9");
  HOLDS("dlvsym's message", strstr(bh_dlerror(), "undefined symbol: f, version VERSION_9"));
  dlsym(handle, "absent");
  HOLDS("a message is forgotten when dlsym finds something", dlsym(handle, "f") && !bh_dlerror());
}
EOF
agree_on modes "$host/libsound.so.1" <<'END'
no mode                                           => error
base, no mode                                     => error
namespace 9                                       => error
namespace -7                                      => error
namespace 400                                     => error
no file, base                                     => opened
no file                                           => error
a message in another thread                       => nothing
a message in its thread                           => yes
dlsym's message                                   => yes
dlvsym's message                                  => yes
a message is forgotten when dlsym finds something => yes
END
