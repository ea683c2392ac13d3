// What the fixtures of the tool-* scripts share.
#define _GNU_SOURCE
#include <bulkhead/tool.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void check(bh_code code, bh_error* error) {
  if (code == BH_OK) return;
  dprintf(2, "error %d: %s\n", (int)code, bh_error_text(error));
  _exit(9);
}

// One hook, for whatever version and caller.
static inline bh_hook* hook(const char* name, void* replacement, void* original) {
  bh_hook_request request = {
      .size = sizeof request, .name = name, .replacement = replacement, .original = original};
  bh_hook* made = 0;
  bh_error* error = 0;
  check(bh_tool_hook(&request, 1, &made, &error), error);
  return made;
}
