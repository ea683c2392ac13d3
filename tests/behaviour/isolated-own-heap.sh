#!/bin/bash
# With a heap of its own, malloc and its kin inside an isolated capsule are its own libc's; all else
# is as in an isolated capsule, and threads of both sides allocate at the same time.
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int is_own(const char *name) {
  Lmid_t mine, its;
  struct link_map *object;
  Dl_info info;
  dladdr1(is_own, &info, (void **)&object, RTLD_DL_LINKMAP);
  dlinfo(object, RTLD_DI_LMID, &mine);
  dladdr1(dlsym(RTLD_DEFAULT, name), &info, (void **)&object, RTLD_DL_LINKMAP);
  dlinfo(object, RTLD_DI_LMID, &its);
  return mine == its;
}
void *work(void *none) {
  for (int i = 0; i < 20000; i++) { char *p = strdup("text"); p = realloc(p, i % 3000 + 1); free(p); }
  return NULL;
}
void *get(void) { return malloc(100); }
void give(void *p) { free(p); }
int fails(void) { return close(-1); }
int threads(void) {
  pthread_t all[4];
  for (int i = 0; i < 4; i++) pthread_create(&all[i], NULL, work, NULL);
  for (int i = 0; i < 4; i++) pthread_join(all[i], NULL);
  return 4;
}
END_OF_SOURCE
outside c <<'END_OF_SOURCE'
#include "begin.h"
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
int is_own(const char *), fails(void), threads(void);
void *work(void *), *get(void), give(void *);
static void *outer(void *none) { for (int i = 0; i < 100000; i++) free(malloc(i % 2000)); return NULL; }
int main(int count, char **arguments) {
  begin(arguments);
  const char *names[] = {"malloc", "free", "calloc", "realloc", "posix_memalign", "pthread_create", "getenv", "exit", NULL};
  for (int i = 0; names[i]; i++) HOLDS(names[i], INSIDE(is_own, names[i]));
  pthread_t t, u;
  pthread_create(&t, NULL, outer, NULL);
  pthread_create(&u, NULL, inside("work"), NULL);
  CLAIM("threads that allocate", "%d", INSIDE(threads));
  pthread_join(t, NULL);
  pthread_join(u, NULL);
  size_t before = mallinfo().uordblks;
  void *all[1000];
  for (int i = 0; i < 1000; i++) all[i] = INSIDE(get);
  HOLDS("the program's heap stays as it is", mallinfo().uordblks == before);
  for (int i = 0; i < 1000; i++) INSIDE(give, all[i]);
  errno = 0;
  INSIDE(fails);
  HOLDS("errno", errno == EBADF);
}
END_OF_SOURCE
# Which functions are the capsule's own.
cat >own.txt <<'END'
malloc                            => yes
free                              => yes
calloc                            => yes
realloc                           => yes
posix_memalign                    => yes
pthread_create                    => no
getenv                            => no
exit                              => no
threads that allocate             => 4
the program's heap stays as it is => yes
errno                             => yes
END
hold own.txt ./main own-heap
sed -e '1,5s/yes/no/' -e '/heap stays/s/yes/no/' own.txt | claims ./main isolated
