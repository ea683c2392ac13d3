#!/bin/bash
# dlopen, dlinfo and dl_iterate_phdr answer the same when they are called by way of a table that the program, or a library of
# its, was linked with, or that dlsym has filled; and dlinfo speaks of the exposed library, not of what stands for it.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<'EOF'
__thread int own = 3;
int *exposed(void) { return &own; }
EOF
table='#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
struct table { void *(*open)(const char *, int); int (*info)(void *, int, void *); int (*iterate)(int (*)(struct dl_phdr_info *, size_t, void *), void *); };'
at=$host library libtable.so.1 <<<"$table
static struct table table = {dlopen, dlinfo, dl_iterate_phdr};
struct table *of_library(void) { return &table; }"
program main "$libs/libexposed.so.1" "$host/libtable.so.1" "-Wl,-rpath,$host" <<EOF
$table
#include "claims.h"
#include <string.h>
int *exposed(void);
struct table *of_library(void);
static struct table of_program = {dlopen, dlinfo, dl_iterate_phdr};
static struct table changed = {dlopen, dlinfo, dl_iterate_phdr};
static void *of_ours(const char *file, int mode) { return NULL; }
__attribute__((constructor)) static void change(void) { changed.open = of_ours; }
static unsigned long long subs;
static int look(struct dl_phdr_info *info, size_t size, void *address) {
  int found = 0;
  if (info->dlpi_subs > info->dlpi_adds) subs = info->dlpi_subs;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *header = &info->dlpi_phdr[i];
    if (header->p_type == PT_LOAD && (ElfW(Addr))address - info->dlpi_addr - header->p_vaddr < header->p_memsz) found = 1;
  }
  return found;
}
static void use(const char *whose, struct table *table) {
  puts(whose);
  void *handle = table->open("$libs/libexposed.so.1", RTLD_NOW);
  HOLDS("dlopen by the path is the library that is there", handle && handle == dlopen("libexposed.so.1", RTLD_NOW));
  char origin[4096] = "";
  struct link_map *map = NULL;
  void *block = NULL;
  size_t module = 0;
  if (!handle) return;
  table->info(handle, RTLD_DI_ORIGIN, origin);
  HOLDS("dlinfo, the directory", !strcmp(origin, "$libs"));
  table->info(handle, RTLD_DI_LINKMAP, &map);
  HOLDS("dlinfo, the file", map && !strcmp(map->l_name, "$libs/libexposed.so.1"));
  HOLDS("dlsym by that", map && dlsym(map, "exposed") == (void *)exposed);
  table->info(handle, RTLD_DI_TLS_MODID, &module);
  table->info(handle, RTLD_DI_TLS_DATA, &block);
  HOLDS("dlinfo, thread-locals", module && (int *)block == exposed());
  HOLDS("dl_iterate_phdr", table->iterate(look, exposed) == 1 || table->iterate(look, (void *)dlsym(handle, "exposed")) == 1);
}
int main(void) {
  use("the program's", &of_program);
  use("a library's", of_library());
  struct table found = {dlsym(RTLD_DEFAULT, "dlopen"), dlsym(RTLD_DEFAULT, "dlinfo"), dlsym(RTLD_DEFAULT, "dl_iterate_phdr")};
  use("found by dlsym", &found);
  void *libc = dlopen("libc.so.6", RTLD_NOW), *program = dlopen(NULL, RTLD_NOW);
  struct table by_handle = {dlsym(program, "dlopen"), dlsym(program, "dlinfo"), dlsym(libc, "dl_iterate_phdr")};
  use("found by a handle", &by_handle);
  HOLDS("what the program has changed stays", changed.open == of_ours);
  HOLDS("never more unloaded than loaded", subs == 0);
}
EOF
claims_natively_and_in libexposed.so.1 -- ./main <<'EOF'
the program's
dlopen by the path is the library that is there => yes
dlinfo, the directory => yes
dlinfo, the file => yes
dlsym by that => yes
dlinfo, thread-locals => yes
dl_iterate_phdr => yes
a library's
dlopen by the path is the library that is there => yes
dlinfo, the directory => yes
dlinfo, the file => yes
dlsym by that => yes
dlinfo, thread-locals => yes
dl_iterate_phdr => yes
found by dlsym
dlopen by the path is the library that is there => yes
dlinfo, the directory => yes
dlinfo, the file => yes
dlsym by that => yes
dlinfo, thread-locals => yes
dl_iterate_phdr => yes
found by a handle
dlopen by the path is the library that is there => yes
dlinfo, the directory => yes
dlinfo, the file => yes
dlsym by that => yes
dlinfo, thread-locals => yes
dl_iterate_phdr => yes
what the program has changed stays => yes
never more unloaded than loaded => yes
EOF
