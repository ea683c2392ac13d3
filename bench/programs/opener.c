// Prints how many microseconds it takes to open libraries.
//
//   opener dlopen LIBRARY…     in the program's namespace
//   opener dlmopen LIBRARY…    in a new one
//
// Several libraries are opened one after the other, the last one being what is wanted.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char** argv) {
  if (argc < 3) errx(1, "see the head of opener.c for how to call it");
  int apart = strcmp(argv[1], "dlmopen") == 0;
  Lmid_t space = apart ? LM_ID_NEWLM : LM_ID_BASE;
  double start = now();
  for (int i = 2; i < argc; ++i) {
    void* handle = apart ? dlmopen(space, argv[i], RTLD_LAZY) : dlopen(argv[i], RTLD_LAZY);
    if (handle == NULL) errx(1, "%s", dlerror());
    if (apart) dlinfo(handle, RTLD_DI_LMID, &space);
  }
  printf("%.3f\n", now() - start);
  return 0;
}
