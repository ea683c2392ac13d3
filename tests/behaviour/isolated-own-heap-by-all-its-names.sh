#!/bin/bash
# With a heap of its own: what __libc_malloc and its kin give out inside is the capsule's, and may be freed by free
# there, and the other way round.
# shellcheck source=tests/behaviour/isolated.bash
. "${0%/*}/isolated.bash"

inside c <<'EOF'
#include <malloc.h>
#include <stdlib.h>
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
void __libc_free(void *);
void *allocate(int how) {
  return how == 0 ? __libc_malloc(100) : how == 1 ? __libc_calloc(1, 100) : how == 2 ? __libc_realloc(NULL, 100)
       : how == 3 ? __libc_memalign(64, 100) : malloc(100);
}
void release(void *memory) { free(memory); }
void release_by_other_name(void *memory) { __libc_free(memory); }
EOF
outside c <<'EOF'
#include "begin.h"
void *allocate(int);
void release(void *);
void release_by_other_name(void *);
int main(int count, char **arguments) {
  begin(arguments);
  for (int how = 0; how < 5; ++how) {
    for (int by = 0; by < 2; ++by) {
      void *memory = INSIDE(allocate, how);
      bh_capsule *of;
      if (bh_owner(memory, &of) != BH_HEAP_CAPSULE || of != capsule) return printf("%d: another's\n", how), 1;
      if (by == 0) INSIDE(release, memory);
      else INSIDE(release_by_other_name, memory);
      // Of this size the next one of the same heap is the one that was freed last.
      void *again = malloc(100);
      if (again == memory) return printf("%d: the program got it\n", how), 1;
    }
  }
  puts("its own");
}
EOF
expect "its own" timeout 20 ./main own-heap
