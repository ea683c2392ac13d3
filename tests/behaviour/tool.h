// What the fixtures of the tool-* scripts share.
#define _GNU_SOURCE
#include <bulkhead/tool.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claims.h"

// Ends the process with the error's text if there is one. The call is made here, with `error` as
// its last argument: of two arguments of one call nobody knows which is evaluated first.
#define CHECK(function, ...)                                           \
  do {                                                                 \
    bh_error* error_ = 0;                                              \
    bh_code code_ = function(__VA_ARGS__, &error_);                    \
    if (code_ != BH_OK) {                                              \
      dprintf(2, "error %d: %s\n", (int)code_, bh_error_text(error_)); \
      _exit(9);                                                        \
    }                                                                  \
  } while (0)

// One hook, for whatever version and caller.
static inline bh_hook* hook(const char* name, void* replacement, void* original) {
  bh_hook_request request = {
      .size = sizeof request, .name = name, .replacement = replacement, .original = original};
  bh_hook* made = 0;
  CHECK(bh_tool_hook, &request, 1, &made);
  return made;
}
