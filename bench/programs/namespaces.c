// What namespaces cost by <bulkhead/bulkhead.h> and by plain dlmopen. Prints nanoseconds.
//
//   namespaces open|plain COUNT       opens that many with libc and nothing else
//   namespaces shared|isolated|plain-with FILE   opens one with a library
//   namespaces again|plain-again FILE [TIMES]   opens and closes the library in one that is open
//   namespaces symbol|plain-symbol FILE NAME     finds a symbol
#define _GNU_SOURCE
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kRepeats = 1000 };  // unless TIMES says otherwise

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void stop(const char *text) {
  fprintf(stderr, "namespaces: %s\n", text);
  exit(1);
}

static bh_capsule *open_capsule(const char *name, unsigned flags) {
  bh_capsule_options options = {.size = sizeof options, .flags = flags, .name = name};
  bh_capsule *capsule;
  bh_error *error;
  if (bh_capsule_open(&options, &capsule, &error)) stop(bh_error_text(error));
  return capsule;
}

static bh_library *open_library(bh_capsule *capsule, const char *file) {
  bh_library *library;
  bh_error *error;
  if (bh_library_open(capsule, file, RTLD_NOW, &library, &error)) stop(bh_error_text(error));
  return library;
}

static void *open_plain(Lmid_t space, const char *file) {
  void *handle = dlmopen(space, file, RTLD_NOW);
  if (!handle) stop(dlerror());
  return handle;
}

static Lmid_t space_of(void *handle) {
  Lmid_t space;
  if (dlinfo(handle, RTLD_DI_LMID, &space)) stop(dlerror());
  return space;
}

static double measure(const char *what, const char *file, const char *name) {
  double start = now();
  if (strcmp(what, "open") == 0) {
    for (int i = atoi(file); i > 0; --i) open_capsule((char[]){(char)('a' + i), 0}, 0);
  } else if (strcmp(what, "plain") == 0) {
    for (int i = atoi(file); i > 0; --i) open_plain(LM_ID_NEWLM, "libc.so.6");
  } else if (strcmp(what, "shared") == 0) {
    open_library(open_capsule("a", 0), file);
  } else if (strcmp(what, "isolated") == 0) {
    open_library(open_capsule("a", BH_CAPSULE_ISOLATED), file);
  } else if (strcmp(what, "plain-with") == 0) {
    open_plain(LM_ID_NEWLM, file);
  } else if (strcmp(what, "again") == 0) {
    bh_capsule *capsule = open_capsule("a", 0);
    int repeats = name ? atoi(name) : kRepeats;
    start = now();
    for (int i = 0; i < repeats; ++i) bh_library_close(open_library(capsule, file), NULL);
    return (now() - start) / repeats;
  } else if (strcmp(what, "plain-again") == 0) {
    Lmid_t space = space_of(open_plain(LM_ID_NEWLM, "libc.so.6"));
    int repeats = name ? atoi(name) : kRepeats;
    start = now();
    for (int i = 0; i < repeats; ++i) dlclose(open_plain(space, file));
    return (now() - start) / repeats;
  } else if (strcmp(what, "symbol") == 0) {
    bh_library *library = open_library(open_capsule("a", 0), file);
    start = now();
    for (int i = 0; i < kRepeats; ++i) bh_symbol(library, name, NULL, NULL);
    return (now() - start) / kRepeats;
  } else if (strcmp(what, "plain-symbol") == 0) {
    void *handle = open_plain(LM_ID_NEWLM, file);
    start = now();
    for (int i = 0; i < kRepeats; ++i) dlsym(handle, name);
    return (now() - start) / kRepeats;
  } else {
    stop("see the head of namespaces.c");
  }
  return now() - start;
}

int main(int count, char **arguments) {
  if (count < 3) stop("see the head of namespaces.c");
  printf("%.0f\n", measure(arguments[1], arguments[2], count > 3 ? arguments[3] : NULL));
}
