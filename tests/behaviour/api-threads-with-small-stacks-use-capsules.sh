#!/bin/bash
# A thread with the smallest stack that there is, 16 KiB, opens, lists and closes capsules and libraries with several
# dependencies while other threads run; with 32 KiB also isolated capsules and exposed libraries.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library liba.so.1 <<<'int a(void) { return 1; }'
library libb.so.1 "$libs/liba.so.1" -lm <<<'int a(void); int b(void) { return a(); }'
library libc.so.1 "$libs/libb.so.1" "$libs/liba.so.1" <<<'int b(void); int c(void) { return b(); }'
library libd.so.1 "$libs/libc.so.1" "$libs/libb.so.1" <<<'int c(void); int d(void) { return c(); }'

caller small <<'EOF'
#include "api-calls.h"
#include <limits.h>
#include <pthread.h>
#include <unistd.h>
static const char *tree, *file;
static int visit(const bh_library_info *info, void *data) { return 0; }
static int visit_object(struct dl_phdr_info *info, size_t size, void *data) { return 0; }
static void use(bh_capsule *capsule) {
  bh_library *library = library_in(capsule, "libd.so.1");
  if (call(library, "d") != 1) exit(2);
  bh_symbol(library, "absent", 0, 0);
  bh_capsule_libraries(capsule, visit, 0);
  bh_owner(library, 0);
  close_library(library);
}
static void *ordinary(void *unused) {
  use(capsule_with(OPTIONS(.tree = tree)));
  void *handle = bh_dlmopen(LM_ID_NEWLM, file, RTLD_NOW);
  if (!handle || bh_dlmopen(LM_ID_NEWLM, "/absent", RTLD_NOW) || !bh_dlerror()) exit(3);
  if (!bh_dlmopen(LM_ID_NEWLM, file, RTLD_NOW | RTLD_SHARED)) exit(4);
  bh_dl_iterate_ns_phdr(1, visit_object, 0);
  return 0;
}
static void *other(void *unused) {
  use(capsule_with(OPTIONS(.tree = tree, .expose = NAMES("libb.so.1"))));
  library_in(capsule_with(OPTIONS(.flags = BH_CAPSULE_ISOLATED | BH_CAPSULE_OWN_HEAP)), file);
  bh_debug_heap();
  return 0;
}
static void in_thread(void *(*work)(void *), size_t stack) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, stack) != 0) exit(5);
  pthread_create(&thread, &attributes, work, 0);
  pthread_join(thread, 0);
}
int main(int count, char **arguments) {
  tree = arguments[1];
  file = arguments[2];
  in_thread(ordinary, 16384 < PTHREAD_STACK_MIN ? PTHREAD_STACK_MIN : 16384);
  in_thread(other, 32768 < PTHREAD_STACK_MIN ? PTHREAD_STACK_MIN : 32768);
  puts("enough");
}
EOF
expect enough ./small "$tree" "$libs/liba.so.1"
