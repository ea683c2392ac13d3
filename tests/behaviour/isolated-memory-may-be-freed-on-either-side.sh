#!/bin/bash
# Memory that code in an isolated capsule allocates, also inside its libc (strdup, getline, asprintf,
# open_memstream, getcwd, realpath, scandir, glob), may be freed or resized by the program, and the
# other way round. There is one heap, also for a malloc that the program brings.
# (Long for the list of ways to allocate, and for that malloc.)
. "${0%/*}/isolated.bash"

inside c <<'END_OF_SOURCE'
#define _GNU_SOURCE
#include <dirent.h>
#include <glob.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
static FILE *here(void) { return fopen("text", "r"); }
void *make(int way) {
  char *text = NULL, *more;
  size_t size = 0;
  struct dirent **entries;
  glob_t found;
  FILE *file;
  switch (way) {
  case 0: return malloc(10);
  case 1: return malloc(200000);
  case 2: return calloc(1000, 1000);
  case 3: return realloc(malloc(5), 3000);
  case 4: return aligned_alloc(64, 640);
  case 5: return posix_memalign((void **)&text, 4096, 8192) ? NULL : text;
  case 6: return memalign(128, 70000);
  case 7: return strdup("text");
  case 8: return strndup("text", 2);
  case 9: file = here(); getline(&text, &size, file); fclose(file); return text;
  case 10: asprintf(&text, "%0999d", 1); return text;
  case 11: file = open_memstream(&text, &size); fprintf(file, "%05000d", 1); fclose(file); return text;
  case 12: return getcwd(NULL, 0);
  case 13: return realpath(".", NULL);
  case 14: for (int n = scandir(".", &entries, NULL, alphasort); n-- > 1;) free(entries[n]); more = (char *)entries[0]; free(entries); return more;
  case 15: glob("*", 0, NULL, &found); more = found.gl_pathv[0]; found.gl_pathv[0] = strdup("x"); globfree(&found); return more;
  case 16: return wcsdup(L"wide");
  case 17: return reallocarray(NULL, 70, 70);
  case 18: file = here(); getdelim(&text, &size, 'x', file); fclose(file); return text;
  case 19: return valloc(100);
  case 20: return get_current_dir_name();
  }
  return NULL;
}
void release(void *p) { free(p); }
void *resize(void *p, size_t size) { return realloc(p, size); }
size_t usable(void *p) { return malloc_usable_size(p); }
END_OF_SOURCE
cat >main.c <<'END_OF_SOURCE'
#include "begin.h"
#include <malloc.h>
void *make(int), release(void *), *resize(void *, size_t);
size_t usable(void *);
#ifdef OWN_MALLOC
/* A heap that knows its own, and ends the program on any other. */
static char room[100 << 20];
static size_t used;
void *memalign(size_t alignment, size_t size) {
  size_t at = (used + 16 + alignment - 1) & -alignment;
  memcpy(room + at - 8, &size, 8);
  used = at + size;
  return room + at;
}
void *malloc(size_t size) { return memalign(16, size); }
void *calloc(size_t a, size_t b) { return malloc(a * b); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **p, size_t alignment, size_t size) { *p = memalign(alignment, size); return 0; }
void *valloc(size_t size) { return memalign(4096, size); }
size_t malloc_usable_size(void *p) { size_t size; memcpy(&size, (char *)p - 8, 8); return size; }
void free(void *p) { if (p && ((char *)p < room || (char *)p >= room + sizeof room)) __builtin_trap(); }
void *realloc(void *p, size_t size) {
  if (!p) return malloc(size);
  free(p);
  size_t old = malloc_usable_size(p);
  return memcpy(malloc(size), p, old < size ? old : size);
}
#endif
int main(int count, char **arguments) {
  begin(arguments);
  for (int round = 0; round < ROUNDS; round++) {
    for (int way = 0; way <= 20; way++) {
      void *p = INSIDE(make, way);
      if (INSIDE(usable, p) != malloc_usable_size(p)) return 2;
      p = realloc(p, 300000);
      p = INSIDE(resize, p, 20);
      free(p);
      free(INSIDE(make, way));
      INSIDE(release, malloc(10 + way * 10000));
    }
  }
  puts("freed");
}
END_OF_SOURCE
echo "some text" >text
outside c -DROUNDS=100 <main.c
isolation_makes freed
outside c -DROUNDS=1 -DOWN_MALLOC <main.c
isolation_makes freed
