// A test program is a set of named cases; main runs the one that is named.
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observer.h"

#define CHECK(condition)                                                                        \
  do {                                                                                          \
    if (!(condition)) {                                                                         \
      fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
      exit(1);                                                                                  \
    }                                                                                           \
  } while (0)

#define CHECK_EQUAL(a, b)                                                                         \
  do {                                                                                            \
    long a_ = (long)(a), b_ = (long)(b);                                                          \
    if (a_ != b_) {                                                                               \
      fprintf(stderr, "%s:%d: %s is %ld, %s is %ld (errno %d)\n", __FILE__, __LINE__, #a, a_, #b, \
              b_, errno);                                                                         \
      exit(1);                                                                                    \
    }                                                                                             \
  } while (0)

struct test_case {
  const char* name;
  void (*run)(void);
};

#define MAIN(...)                                                                      \
  int main(int count, char** words) {                                                  \
    static const struct test_case cases[] = {__VA_ARGS__};                             \
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {                        \
      if (count > 1 && strcmp(words[1], cases[i].name) == 0) return cases[i].run(), 0; \
    }                                                                                  \
    fprintf(stderr, "there is no case %s\n", count > 1 ? words[1] : "(none named)");   \
    return 2;                                                                          \
  }

// What a needed kernel or mechanism lacks.
#define SKIP(why) (puts("skipped: " why), exit(77))

// Memory of this process that is in use, in KiB.
__attribute__((unused)) static long resident(void) {
  long pages = 0, size;
  FILE* file = fopen("/proc/self/statm", "r");
  CHECK(file && fscanf(file, "%ld %ld", &size, &pages) == 2);
  fclose(file);
  return pages * 4;
}
