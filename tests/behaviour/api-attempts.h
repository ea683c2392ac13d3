// What the programs of tests/behaviour/api-*-errors*.sh share: calls that may fail, each of which
// prints a claim, its code. What else is wrong (the sentence lacks these words, errno or the result
// changed) is told behind it.
#pragma once
#include <errno.h>

#include "api-calls.h"

static const char* const codes[] = {"OK",      "MALFORMED",   "LIMIT",    "SYSTEM",
                                    "MISSING", "UNSUPPORTED", "CONFLICT", "ARGUMENT"};

static void tell(const char* what, bh_code code, bh_error* error, const char* words) {
  const char* text = bh_error_text(error);
  printf("%s => %s", what, codes[code]);
  if (code != BH_OK && bh_error_code(error) != code)
    printf(", the error says %d", bh_error_code(error));
  if (code != BH_OK && !strstr(text, words)) printf(", it says: %s", text);
  if (errno != 77) printf(", errno changed");
  putchar('\n');
  bh_error_free(error);
  errno = 77;
}

static void attempt_open(const char* what, const bh_capsule_options* options, const char* words) {
  bh_capsule* capsule = (bh_capsule*)&capsule;
  bh_error* error = 0;
  bh_code code = bh_capsule_open(options, &capsule, &error);
  tell(what, code, error, words);
  if (code != BH_OK && capsule != (bh_capsule*)&capsule) puts("the result was written");
}

static bh_capsule* capsule;
static void attempt_library(const char* what, const char* file, int mode, const char* words) {
  bh_library* library = (bh_library*)&library;
  bh_error* error = 0;
  bh_code code = bh_library_open(capsule, file, mode, &library, &error);
  tell(what, code, error, words);
  if (code != BH_OK && library != (bh_library*)&library) puts("the result was written");
}

static void attempt_symbol(const char* what, bh_library* library, const char* name,
                           const char* version, const char* words) {
  bh_error* error = 0;
  void* found = bh_symbol(library, name, version, &error);
  tell(what, found ? BH_OK : bh_error_code(error), error, words);
}
