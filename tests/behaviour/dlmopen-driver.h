// What the programs of tests/behaviour/dlmopen-*.sh do: open one library step by step, in one
// namespace or another, and print after each step where it is then.
//
//   driver FILE STEP…      STEP: where ('0' the base, '+' a new namespace, '1'… those made so far)
//   and
//                          how ('S' RTLD_SHARED, 'I' RTLD_ISOLATE, 'N' RTLD_NOLOAD)
//
// Prints for each step:    STEP: HANDLE free=SPACE | SPACE:COPY…     or STEP: error
// HANDLE and COPY: the namespace, with 'r' for the library itself, 'p' for a stand-in, '-' for
// neither. free: the namespace of the function that the library calls by that name.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef PLAIN
#define RTLD_SHARED 0
#define RTLD_ISOLATE 0
#define bh_dlmopen dlmopen
#define bh_dlerror dlerror
#else
#include <bulkhead/bulkhead.h>
#endif

static struct link_map* g_any[17];  // something in each namespace that was made
static int g_spaces = 1;

static Lmid_t space_of(struct link_map* map) {
  Lmid_t space = -9;
  dlinfo(map, RTLD_DI_LMID, &space);
  return space;
}

static int number_of(struct link_map* map) {
  for (int i = 0; i < g_spaces; ++i)
    if (space_of(g_any[i]) == space_of(map)) return i;
  return -1;
}

static int is_generated(const struct link_map* map) {
  return strncmp(map->l_name, "/proc/", 6) == 0;
}

static const char* soname_of(const struct link_map* map) {
  const char* strings = 0;
  size_t soname = 0;
  for (const ElfW(Dyn)* entry = map->l_ld; entry && entry->d_tag; ++entry) {
    if (entry->d_tag == DT_STRTAB)
      strings = (const char*)(entry->d_un.d_ptr < map->l_addr ? entry->d_un.d_ptr + map->l_addr
                                                              : entry->d_un.d_ptr);
    if (entry->d_tag == DT_SONAME) soname = entry->d_un.d_val;
  }
  return soname ? strings + soname : "";
}

// 'r', 'p' or '-': what a namespace has of the library; '!' if more than one.
static char copy_in(struct link_map* any, const char* name) {
  char found = '-';
  while (any->l_prev) any = any->l_prev;
  for (; any; any = any->l_next) {
    if (strcmp(soname_of(any), name) != 0) continue;
    found = found != '-' ? '!' : is_generated(any) ? 'p' : 'r';
  }
  return found;
}

static int space_of_free(void* handle) {
  void* (*get)(void) = (void* (*)(void))dlsym(handle, "address_of_free");
  Dl_info info;
  struct link_map* map = 0;
  if (!get || !dladdr1(get(), &info, (void**)&map, RTLD_DL_LINKMAP)) return -1;
  return number_of(map);
}

int main(int count, char** arguments) {
  const char* name = strrchr(arguments[1], '/') + 1;
  g_any[0] = dlopen(0, RTLD_LAZY);
  for (int i = 2; i < count; ++i) {
    const char* step = arguments[i];
    int mode = RTLD_NOW | (strchr(step, 'S') ? RTLD_SHARED : 0) |
               (strchr(step, 'I') ? RTLD_ISOLATE : 0) | (strchr(step, 'N') ? RTLD_NOLOAD : 0);
    Lmid_t space = *step == '+'   ? LM_ID_NEWLM
                   : *step == '0' ? LM_ID_BASE
                                  : space_of(g_any[*step - '0']);
    struct link_map* handle = bh_dlmopen(space, arguments[1], mode);
    if (!handle) {
      printf("%s: error\n", step);
      fprintf(stderr, "%s: %s\n", step, bh_dlerror());
      continue;
    }
    if (number_of(handle) < 0) g_any[g_spaces++] = handle;
    printf("%s: %d%c free=%d |", step, number_of(handle), is_generated(handle) ? 'p' : 'r',
           space_of_free(handle));
    for (int space = 0; space < g_spaces; ++space)
      printf(" %d:%c", space, copy_in(g_any[space], name));
    putchar('\n');
  }
}
