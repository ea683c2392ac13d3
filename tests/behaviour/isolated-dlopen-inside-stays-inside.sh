#!/bin/bash
# dlopen, dlsym, dlerror and their kin inside an isolated capsule mean the capsule: what is opened
# there has the capsule's libc, RTLD_GLOBAL is heeded, RTLD_NEXT finds what a wrapper wraps; and there
# is one dynamic linker.
. "${0%/*}/isolated.bash"

compile libplugin.so -shared -fPIC <<'END_OF_SOURCE'
#include <stdio.h>
#include <errno.h>
#include <unistd.h>
FILE *stream(void) { return stdout; }
int value(void) { return 5; }
END_OF_SOURCE
compile libuser.so -shared -fPIC <<'END_OF_SOURCE'
int value(void);
int user(void) { return value() + 1; }
END_OF_SOURCE
inside c -DHERE="\"$scratch/\"" <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int stays(void) {
  void *handle = dlopen("./libplugin.so", RTLD_NOW | RTLD_LOCAL);
  FILE *(*stream)(void) = dlsym(handle, "stream");
  Lmid_t mine, its;
  dlinfo(handle, RTLD_DI_LMID, &its);
  struct link_map *self;
  Dl_info info;
  dladdr1(stays, &info, (void **)&self, RTLD_DL_LINKMAP);
  dlinfo(self, RTLD_DI_LMID, &mine);
  return stream() == stdout && mine == its && dlclose(handle) == 0;
}
int global(void) {
  void *handle = dlopen(HERE "libplugin.so", RTLD_NOW | RTLD_GLOBAL);
  void *user = dlopen(HERE "libuser.so", RTLD_NOW);
  int (*function)(void) = user ? dlsym(user, "user") : NULL;
  return handle && function && dlsym(RTLD_DEFAULT, "value") ? function() : -1;
}
int tells(void) {
  if (dlopen("./libmissing.so", RTLD_NOW) != NULL) return 0;
  char *text = dlerror();
  return text && strstr(text, "libmissing.so") && strstr(text, "No such file") && dlerror() == NULL;
}
static int calls;
void *malloc(size_t size) { calls++; return NULL; }  /* the program comes first: never called */
void *next(const char *name) { return dlsym(RTLD_NEXT, name); }
int uncalled(void) { char *p = strdup("x"); free(p); return p && calls == 0; }
int math(void) { void *m = dlopen("libm.so.6", RTLD_NOW); double (*root)(double) = m ? dlsym(m, "sqrt") : 0; return root ? (int)root(49) : 0; }
void *loader(void) { return dlsym(RTLD_DEFAULT, "_r_debug"); }
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <link.h>
#include <unistd.h>
int stays(void), global(void), tells(void), uncalled(void), math(void);
void *next(const char *), *loader(void);
int main(int count, char **arguments) {
  begin(arguments);
  HOLDS("what is opened there has the capsule's libc", INSIDE(stays));
  CLAIM("RTLD_GLOBAL", "%d", INSIDE(global));
  HOLDS("dlerror", INSIDE(tells));
  HOLDS("a malloc inside is not called", INSIDE(uncalled));
  HOLDS("RTLD_NEXT, malloc", INSIDE(next, "malloc") == (void *)malloc);
  HOLDS("RTLD_NEXT, fork", INSIDE(next, "fork") == (void *)fork);
  CLAIM("libm", "%d", INSIDE(math));
  HOLDS("one dynamic linker", INSIDE(loader) == (void *)&_r_debug);
}
END_OF_SOURCE
isolation_makes_true <<'END'
what is opened there has the capsule's libc => yes
RTLD_GLOBAL                                 => 6
dlerror                                     => yes
a malloc inside is not called               => yes
RTLD_NEXT, malloc                           => yes
RTLD_NEXT, fork                             => yes
libm                                        => 7
one dynamic linker                          => yes
END
