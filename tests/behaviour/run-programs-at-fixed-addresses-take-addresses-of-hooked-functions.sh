#!/bin/bash
# A program that is not PIE and takes the address of dl_iterate_phdr, dlopen or dlsym has PLT entries that stand for
# them in the whole process. Calls by these addresses answer as natively, also when bulkhead makes such calls itself.
. "${0%/*}/lib.sh"

library libinside.so.1 <<'END'
#define _GNU_SOURCE
#include <link.h>
static int count(struct dl_phdr_info *info, size_t size, void *to) { ++*(int *)to; return 0; }
int objects(void) { int n = 0; dl_iterate_phdr(count, &n); return n > 2; }
END
program main -no-pie -fno-pie "$libs/libinside.so.1" <<'END'
#define _GNU_SOURCE
#include "claims.h"
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
static int count(struct dl_phdr_info *info, size_t size, void *to) { ++*(int *)to; return 0; }
int objects(void);
int main(void) {
  // In code, not in initialised data: only then is the PLT entry the function's address.
  int (*volatile iterate)(int (*)(struct dl_phdr_info *, size_t, void *), void *) = dl_iterate_phdr;
  void *(*volatile open)(const char *, int) = dlopen;
  void *(*volatile find)(void *, const char *) = dlsym;
  int n = 0;
  CLAIM("dl_iterate_phdr by its address", "%d", iterate(count, &n));
  CLAIM("it tells of several objects", "%d", n > 2);
  CLAIM("and inside, too", "%d", objects());
  void *library = open("libinside.so.1", RTLD_LAZY);
  CLAIM("dlopen by its address", "%d", library != NULL);
  CLAIM("dlsym by its address", "%d", ((int (*)(void))find(library, "objects"))());
}
END
claims env LD_LIBRARY_PATH="$libs" ./main <<'END'
dl_iterate_phdr by its address => 0
it tells of several objects    => 1
and inside, too                => 1
dlopen by its address          => 1
dlsym by its address           => 1
END
hold claims.txt run libinside.so.1 -- ./main
