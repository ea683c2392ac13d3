// Prints how many microseconds it takes to open a library.
//
//   opener dlopen LIBRARY     in the program's namespace
//   opener dlmopen LIBRARY    in a new one
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
  if (argc != 3) errx(1, "see the head of opener.c for how to call it");
  int apart = strcmp(argv[1], "dlmopen") == 0;
  double start = now();
  void* handle = apart ? dlmopen(LM_ID_NEWLM, argv[2], RTLD_LAZY) : dlopen(argv[2], RTLD_LAZY);
  double took = now() - start;
  if (handle == NULL) errx(1, "%s", dlerror());
  printf("%.3f\n", took);
  return 0;
}
