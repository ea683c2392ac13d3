// What the programs of tests/behaviour/api-*.sh share: calls that end the program with the error's
// text.
#pragma once
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bulkhead/bulkhead.h>

static void end_if(bh_code code, bh_error* error) {
  if (code == BH_OK) return;
  printf("error %d: %s\n", code, bh_error_text(error));
  exit(1);
}

// The fields of bh_capsule_options.
#define OPTIONS(...) (&(bh_capsule_options){.size = sizeof(bh_capsule_options), __VA_ARGS__})
#define NAMES(...) ((const char* const[]){__VA_ARGS__, 0})

static inline bh_capsule* capsule_with(const bh_capsule_options* options) {
  bh_capsule* capsule = 0;
  bh_error* error = 0;
  bh_code code = bh_capsule_open(options, &capsule, &error);
  end_if(code, error);
  return capsule;
}

// What natively is there without: no tree is natively.
static inline void expose(const char* tree, const char* const* names) {
  if (*tree) capsule_with(OPTIONS(.tree = tree, .expose = names));
}

static inline bh_library* library_in(bh_capsule* capsule, const char* file) {
  bh_library* library = 0;
  bh_error* error = 0;
  bh_code code = bh_library_open(capsule, file, 0, &library, &error);
  end_if(code, error);
  return library;
}

static inline void* symbol_of(bh_library* library, const char* name) {
  bh_error* error = 0;
  void* found = bh_symbol(library, name, 0, &error);
  if (error) end_if(bh_error_code(error), error);
  return found;
}

static inline int call(bh_library* library, const char* name) {
  return ((int (*)(void))symbol_of(library, name))();
}

static inline void close_library(bh_library* library) {
  bh_error* error = 0;
  bh_code code = bh_library_close(library, &error);
  end_if(code, error);
}
