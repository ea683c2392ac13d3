/* aliases LIBRARY-DIRECTORY SYMBOLS.TSV [bare]
 *
 * Where the compat libraries' references ended on the glibc that this runs on. Each reference (a
 * word that ld.so wrote) must be the very definition that dlvsym finds under the name and version
 * that the table gives, and that version the default one. With `bare`, libpthread, libdl … are left
 * out: before glibc 2.34 the references to these are null, no other is, and a call of one ends with
 * a message that names the library; from 2.34 on nothing changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define IS_WORD(type) ((type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_JUMP_SLOT)
#elif defined(__aarch64__)
#define IS_WORD(type) ((type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_JUMP_SLOT)
#endif

enum { MAX_ROWS = 2048, MAX_NAME = 128 };

/* Targets that live outside libc.so.6 before 2.34, as "name version home". */
static struct { char symbol[MAX_NAME], target[MAX_NAME], version[32], home[32]; } moved[MAX_ROWS];
static int moved_count;
static int faults, words, nulls;

static const char* const homes[] = {"libpthread.so.0", "libdl.so.2",   "librt.so.1",
                                    "libresolv.so.2",  "libutil.so.1", "libanl.so.1"};

static int is_moved(const char* target) {
  for (int i = 0; i < moved_count; ++i)
    if (strcmp(moved[i].target, target) == 0) return 1;
  return 0;
}

static void read_table(const char* path) {
  FILE* table = fopen(path, "r");
  if (table == NULL) exit(2);
  char line[1024], symbol[MAX_NAME], kind[32], what[MAX_NAME], home[32];
  while (fgets(line, sizeof line, table) != NULL) {
    if (line[0] == '#' ||
        sscanf(line, "%127s %*s %*s %*s %31s %127s %31s", symbol, kind, what, home) != 4 ||
        strcmp(kind, "alias") != 0 || strcmp(home, "-") == 0)
      continue;
    if (moved_count == MAX_ROWS) exit(2);
    char* at = strchr(what, '@');
    if (at == NULL) exit(2);
    *at = '\0';
    strcpy(moved[moved_count].symbol, symbol);
    strcpy(moved[moved_count].target, what);
    snprintf(moved[moved_count].version, sizeof moved->version, "%s", at + 1);
    strcpy(moved[moved_count].home, home);
    ++moved_count;
  }
  fclose(table);
}

static const char* version_of(const char* strings, const char* needs, int index) {
  const ElfW(Verneed)* need = (const void*)needs;
  for (;;) {
    const ElfW(Vernaux)* aux = (const void*)((const char*)need + need->vn_aux);
    for (int i = 0; i < need->vn_cnt; ++i) {
      if (aux->vna_other == index) return strings + aux->vna_name;
      aux = (const void*)((const char*)aux + aux->vna_next);
    }
    if (need->vn_next == 0) return NULL;
    need = (const void*)((const char*)need + need->vn_next);
  }
}

/* ld.so has made some addresses of the dynamic segment absolute, and others not. */
static void check_words(void* handle, int bare) {
  struct link_map* map = NULL;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) exit(2);
  const char *strings = NULL, *needs = NULL;
  const ElfW(Sym)* symbols = NULL;
  const ElfW(Half)* versions = NULL;
  const ElfW(Rela) * tables[2] = {NULL, NULL};
  size_t sizes[2] = {0, 0};
  for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
    const ElfW(Addr) value = entry->d_un.d_ptr;
    const void* at = (const void*)(value < map->l_addr ? value + map->l_addr : value);
    switch (entry->d_tag) {
      case DT_STRTAB: strings = at; break;
      case DT_SYMTAB: symbols = at; break;
      case DT_VERSYM: versions = at; break;
      case DT_VERNEED: needs = at; break;
      case DT_RELA: tables[0] = at; break;
      case DT_JMPREL: tables[1] = at; break;
      case DT_RELASZ: sizes[0] = entry->d_un.d_val; break;
      case DT_PLTRELSZ: sizes[1] = entry->d_un.d_val; break;
    }
  }
  for (int table = 0; table < 2; ++table) {
    for (size_t i = 0; i < sizes[table] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela)* reference = tables[table] + i;
      if (!IS_WORD(ELF64_R_TYPE(reference->r_info))) continue;
      const size_t index = ELF64_R_SYM(reference->r_info);
      const char* name = strings + symbols[index].st_name;
      const char* version = version_of(strings, needs, versions[index] & 0x7fff);
      void* found = *(void**)(map->l_addr + reference->r_offset);
      ++words;
      if (found == NULL) {
        ++nulls;
        const int weak = ELF64_ST_BIND(symbols[index].st_info) == STB_WEAK;
        /* What the code wants weakly is of libpthread and libdl as well (base.tsv). */
        if (!bare || !weak || !(is_moved(name) || strncmp(name, "pthread_", 8) == 0)) {
          printf("%s@%s of %s is null\n", name, version, map->l_name);
          ++faults;
        }
        continue;
      }
      Dl_info info;
      if (dladdr(found, &info) != 0 && strstr(info.dli_fname, "libbulkhead") != NULL) {
        printf("%s@%s is compat's own\n", name, version);
        ++faults;
      }
      /* The first definition in the order of the search, which the reference took as well; an
       * indirect function gives the same choice to both. */
      if (version != NULL && dlvsym(RTLD_DEFAULT, name, version) != found) {
        printf("%s@%s is another definition\n", name, version);
        ++faults;
      }
    }
  }
}

/* The version in the table must be the one that a program of the base is linked to; from 2.34 on
 * that is the newer version itself, and nobody asks compat. */
static void check_defaults(void) {
  int minor = 0;
  sscanf(gnu_get_libc_version(), "2.%d", &minor);
  if (minor >= 34) return;
  for (int i = 0; i < moved_count; ++i) {
    void* home = dlopen(moved[i].home, RTLD_NOW);
    if (home != NULL &&
        dlsym(home, moved[i].target) != dlvsym(home, moved[i].target, moved[i].version)) {
      printf("%s@%s is not the default version in %s\n", moved[i].target, moved[i].version,
             moved[i].home);
      ++faults;
    }
  }
}

/* A call of an alias whose target is not there: killed by SIGABRT, with the home's name on stderr.
 */
static void check_message(void* handle, int row) {
  int ends[2];
  if (pipe(ends) != 0) exit(2);
  void (*call)(void) = dlsym(handle, moved[row].symbol);
  if (call == NULL) return;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 2);
    call();
    _exit(0);
  }
  close(ends[1]);
  char text[512] = "";
  ssize_t size = 0, got;
  while ((got = read(ends[0], text + size, sizeof text - 1 - size)) > 0) size += got;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT ||
      strstr(text, moved[row].home) == NULL) {
    printf("%s: status %#x, said: %s\n", moved[row].symbol, status, text);
    ++faults;
  }
}

int main(int argc, char** argv) {
  const int bare = argc == 4 && strcmp(argv[3], "bare") == 0;
  if (argc != 3 && !bare) return 2;
  read_table(argv[2]);
  for (size_t i = 0; !bare && i < sizeof homes / sizeof *homes; ++i)
    if (dlopen(homes[i], RTLD_NOW | RTLD_GLOBAL) == NULL) printf("%s\n", dlerror());
  /* compat-m's reference is libm, which is found where RTLD_DEFAULT looks only if it is global. */
  if (dlopen("libm.so.6", RTLD_NOW | RTLD_GLOBAL) == NULL) return 2;

  void* handles[2];
  static const char* const names[] = {"libbulkhead-compat.so.0", "libbulkhead-compat-m.so.0"};
  for (int i = 0; i < 2; ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", argv[1], names[i]);
    handles[i] = dlopen(path, RTLD_NOW);
    if (handles[i] == NULL) printf("%s\n", dlerror()), exit(1);
    check_words(handles[i], bare);
  }
  if (!bare) check_defaults();
  int messages = 0;
  for (int i = 0; i < moved_count && nulls != 0; ++i) {
    if (dlvsym(RTLD_DEFAULT, moved[i].target, moved[i].version) != NULL) continue;
    check_message(handles[0], i);
    ++messages;
  }
  printf("glibc %s%s: %d references, %d null, %d calls refused, %d faults\n",
         gnu_get_libc_version(), bare ? ", bare" : "", words, nulls, messages, faults);
  return faults != 0;
}
