#!/bin/bash
# dl_iterate_phdr, called by the program, lists the libraries of a capsule too: leak checkers,
# garbage collectors and crash reporters need all of them.
. "${0%/*}/lib.sh"

library libprivate.so <<<'int held[10]; int *hold(void) { return held; }'
library libexposed.so.1 "$libs/libprivate.so" <<<'int *hold(void); int *exposed(void) { return hold(); }'
program main "$libs/libexposed.so.1" <<'END'
#define _GNU_SOURCE
#include <link.h>
#include "claims.h"
int *exposed(void);
static int look(struct dl_phdr_info *info, size_t size, void *address) {
  int found = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type == PT_LOAD && (ElfW(Addr))address - info->dlpi_addr - header->p_vaddr < header->p_memsz) found = 1;
  }
  return found;
}
int main(void) {
  CLAIM("the exposed library", "%d", dl_iterate_phdr(look, exposed));
  CLAIM("a private one", "%d", dl_iterate_phdr(look, exposed()));
}
END
claims_natively_and_in libexposed.so.1 -- ./main <<'END'
the exposed library => 1
a private one       => 1
END
