"""C that is the same in every world: what sources declare of libc, and what programs print with."""
LIBC = """int dprintf(int, const char*, ...); int atexit(void (*)(void));
void* dlopen(const char*, int); void* dlsym(void*, const char*); void* dlvsym(void*, const char*, const char*);
"""
LIBC_OF_PROGRAM = LIBC + """int dlclose(void*); int dladdr(const void*, void*); int strcmp(const char*, const char*); int strncmp(const char*, const char*, unsigned long);
char* strrchr(const char*, int); char* getenv(const char*); int fork(void); int waitpid(int, int*, int); void _exit(int);
void exit(int); int snprintf(char*, unsigned long, const char*, ...);
int pthread_create(unsigned long*, const void*, void* (*)(void*), void*); int pthread_join(unsigned long, void**);
"""
# What the program's source needs of these is put in front of it. Addresses are never printed: of each name, those that were
# seen are numbered. What lies there is printed, too.
PIECES = {
    "note_maps(": r"""
int open(const char*, int, ...); long read(int, void*, unsigned long); long write(int, const void*, unsigned long); int close(int);
static void note_maps(void) {
  char b[4096]; int n, i, o;
  if (!getenv("MAPS")) return;
  i = open("/proc/self/maps", 0); o = open(getenv("MAPS"), 577, 420);
  while ((n = read(i, b, sizeof b)) > 0) write(o, b, n);
  close(i); close(o);
}
""",
    "address(": r"""
struct seen { const char* name; void* at[40]; int n; };
static struct seen all[80];
static void address(const char* what, const char* name, int kind, void* p) {
  int i, k;
  if (!p) { dprintf(1, "%s = null\n", what); return; }
  for (i = 0; all[i].name && strcmp(all[i].name, name); i++) ;
  all[i].name = name;
  if (kind == 't') { dprintf(1, "%s -> %d\n", what, *(int*)p); return; }
  for (k = 0; k < all[i].n && all[i].at[k] != p; k++) ;
  if (k == all[i].n && k < 40) all[i].at[all[i].n++] = p;
  if (kind == 'f') dprintf(1, "%s = #%d -> %d\n", what, k, ((int (*)(void))p)());
  else if (kind == 'v') dprintf(1, "%s = #%d -> %d\n", what, k, *(unsigned char*)p);
  else dprintf(1, "%s = #%d\n", what, k);
}
""",
    "number(": r"""
static void number(const char* what, long r) { dprintf(1, "%s = %ld\n", what, r); }
""",
    "whose(": r"""
struct dl_info { const char* file; void* base; const char* name; void* at; };
static void whose(const char* what, void* p) {  // libA.so.1 is the link's name, libA.so the file's
  struct dl_info i = {0, 0, 0, 0};
  const char* base = p && dladdr(p, &i) && i.file ? strrchr(i.file, '/') : 0;
  dprintf(1, "%s = %.7s %s\n", what, base ? base + 1 : "?", i.name ? i.name : "?");
}
""",
    "in_child(": r"""
static void in_child(const char* what, void (*f)(void)) {
  int st = 0, p = fork();
  if (!p) { f(); _exit(0); }
  waitpid(p, &st, 0);
  if (st) dprintf(1, "%s: child ended with %d\n", what, st);
}
""",
    "in_thread(": r"""
static void* of_thread(void* f) { ((void (*)(void))f)(); return 0; }
static void in_thread(void (*f)(void)) {
  unsigned long t;
  if (pthread_create(&t, 0, of_thread, (void*)f)) dprintf(1, "no thread\n");
  else pthread_join(t, 0);
}
""",
    "how_many(": r"""
struct count { const char* file; int n; };
struct phdr_info { unsigned long addr; const char* name; };
int dl_iterate_phdr(int (*)(struct phdr_info*, unsigned long, void*), void*);
static int one(struct phdr_info* i, unsigned long s, void* d) {
  const char* base = strrchr(i->name, '/');
  if (base && !strncmp(base + 1, ((struct count*)d)->file, 7)) ((struct count*)d)->n++;
  return 0;
}
static long how_many(const char* file) { struct count c = {file, 0}; dl_iterate_phdr(one, &c); return c.n; }
""",
    "path(": r"""
static char* path(const char* of, const char* file) {
  static char buffer[2][4096]; static int k;
  k ^= 1;
  snprintf(buffer[k], sizeof buffer[k], "%s/%s", getenv(of), file);
  return buffer[k];
}
""",
}
# The interface's functions by hand: <bulkhead/bulkhead.h> brings headers of libc along.
OPENING = r"""
struct options { unsigned long size; unsigned flags, reserved; const char *tree, *name, *const *share, *const *keep, *const *expose, *const *map, *const *path; };
int bh_capsule_open(const struct options*, void**, void**); int bh_library_open(void*, const char*, int, void**, void**);
int bh_library_close(void*, void**); const char* bh_error_text(const void*);
static void* open_capsule(void) {
  static void* capsule; void* error = 0;
  static const char* const share[] = {%s0}; static const char* const expose[] = {%s0};
  struct options o = {sizeof o, 0, 0, getenv("T"), "world", share, 0, expose, 0, 0};
  if (!capsule && bh_capsule_open(&o, &capsule, &error)) { dprintf(2, "bulkhead: %%s\n", bh_error_text(error)); _exit(125); }
  return capsule;
}
"""
INTERFACE = {
    "api": r"""
#ifdef API
""" + OPENING + r"""
static void* inside(const char* file, int mode) {
  void *library = 0, *error = 0;
  if (bh_library_open(open_capsule(), file, mode, &library, &error) && !(mode & 4)) dprintf(2, "bulkhead: %%s\n", bh_error_text(error));
  return library;
}
static int not_inside(void* h) { return bh_library_close(h, 0) ? -1 : 0; }
static char* file_inside(const char* file) { static char b[4096]; snprintf(b, sizeof b, "/usr/lib/%%s", file); return b; }
#else
#define inside dlopen
#define not_inside dlclose
#define file_inside(file) path("N", file)
#endif
""",
    "late": r"""
#ifdef API
""" + OPENING + r"""
#else
#define open_capsule()
#endif
""",
}
