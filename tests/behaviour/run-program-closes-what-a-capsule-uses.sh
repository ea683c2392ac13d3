#!/bin/bash
# The program may close, at any time, libraries that it opened: one that a capsule shares
# stays for the capsule, and an opening in the capsule does not stumble over one that goes.
. "${0%/*}/lib.sh"

for at in "$libs" "$host"; do library libshared.so.1 <<<'int shared(void) { return 5; }'; done
unset at
library libexposed.so.1 "$libs/libshared.so.1" <<<'int shared(void); int exposed(void) { return shared(); }'
at=$host library libplugin.so "$libs/libexposed.so.1" <<<'int exposed(void); int plugin(void) { return exposed(); }'
program closes -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  void *shared = dlopen("libshared.so.1", RTLD_NOW);
  void *handle = dlopen("libplugin.so", RTLD_NOW);
  int (*plugin)(void) = dlsym(handle, "plugin");
  printf("%d ", plugin());
  dlclose(shared);
  printf("%d", plugin());
}
END
LD_LIBRARY_PATH=$host expect '5 5' run libexposed.so.1 --share libshared.so.1 -- ./closes

# Each plugin needs a part of glibc that has no mirror yet, for which the base is read.
count=0
for part in libm.so.6 libresolv.so.2 librt.so.1 libutil.so.1 libanl.so.1 libdl.so.2 libpthread.so.0; do
    library "libneeds$count.so" -Wl,--no-as-needed "$(gcc -print-file-name=$part)" <<<'int needs(void) { return 1; }'
    count=$((count + 1))
done
library libopener.so.1 -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int open_all(void) {
  char name[32];
  int good = 0;
  for (int i = 0; i < $count; i++) {
    sprintf(name, "libneeds%d.so", i);
    if (dlopen(name, RTLD_NOW)) good++; else puts(dlerror());
  }
  return good;
}
END
for i in 1 2 3 4 5 6 7 8; do at=$host library "libchurn$i.so" <<<"int churn$i(void) { return 1; }"; done
program main "$libs/libopener.so.1" -pthread -ldl <<END
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
int open_all(void);
volatile int stop;
static void *churn(void *unused) {
  void *handle[9];
  char name[300];
  while (!stop) {
    for (int i = 1; i <= 8; i++) {
      sprintf(name, "$host/libchurn%d.so", i);
      handle[i] = dlopen(name, RTLD_LAZY);
    }
    for (int i = 1; i <= 8; i++) dlclose(handle[i]);
  }
  return NULL;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, churn, NULL);
  printf("%d", open_all());
  stop = 1;
  pthread_join(thread, NULL);
}
END
for _ in $(seq 20); do expect "$count" run libopener.so.1 -- ./main; done
