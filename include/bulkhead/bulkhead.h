/* bulkhead: linker namespaces as an interface.
 *
 * A capsule is a glibc linker namespace with libraries of its own, taken from a tree (a directory
 * that holds a system's files; "/" is one, too). What must be one in the process, libc above all,
 * is shared into it. Link with -lbulkhead (pkg-config and CMake know it as "bulkhead").
 *
 * Rules that hold for every function unless its comment says otherwise:
 *
 *  - Threads: may be called by any thread at any time, also in constructors and destructors, but
 *    for bh_error and other objects, which one thread uses at a time. Functions that open or close
 *    something take ld.so's lock, as dlopen does, and run constructors and destructors under it.
 *  - Signal handlers: no function is async-signal-safe.
 *  - Strings are NUL-terminated bytes as in file names, and are copied if they are kept. Arrays of
 *    strings end with a null pointer; a null array is an empty one.
 *  - Pointers must not be null unless a comment says what null means. Functions that can fail tell
 *    it (BH_ARGUMENT); to others it must not be given.
 *  - errno is left as it was.
 *  - Functions that can fail take `bh_error **error` as the last argument: null, or where to put a
 *    description, which the caller frees with bh_error_free. On success nothing is written there.
 *    They return a bh_code, or a pointer that is null.
 *
 * What later releases may change, so that programs need not be compiled again, and run with older
 * releases of the library too:
 *
 *  - Structures grow at their end; each begins with `size`. Members named `reserved` are 0.
 *    A structure that the caller fills: it sets `size` to sizeof of the structure that it knows,
 *    and what it has no use for to 0. Members that the caller does not know are as if 0. A size
 *    that is less than the first release's is BH_ARGUMENT: it was not set. Members
 *    that the library does not know must be 0; if not, that is BH_UNSUPPORTED, and nothing was
 *    done. (The rule of Linux's system calls with structures.) In an array all have one size.
 *    A structure that bulkhead fills: `size` tells how much of it there is. A member that was added
 *    after the first release may be read only if it lies within.
 *  - Flags are added. One that the library does not know is BH_UNSUPPORTED.
 *  - Values of enumerations are added, and none changes. A program passes over what has one that
 *    it does not know; a bh_code that it does not know is to be taken for BH_SYSTEM.
 */
#ifndef BULKHEAD_BULKHEAD_H
#define BULKHEAD_BULKHEAD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the release that this header belongs to, and of the library that is loaded: as a number,
 * 10000 * major + 100 * minor + patch. */
#define BH_VERSION 100
unsigned bh_version(void);

/* --- Errors ------------------------------------------------------------------------------- */

typedef enum bh_code {
  BH_OK = 0,
  BH_MALFORMED = 1,   /* a file contradicts the ELF specification or itself */
  BH_LIMIT = 2,       /* beyond a bound, of bulkhead's or of glibc's (15 namespaces) */
  BH_SYSTEM = 3,      /* the kernel, or the dynamic linker, said no */
  BH_MISSING = 4,     /* a file, library, symbol or version is not there */
  BH_UNSUPPORTED = 5, /* not possible here, or a thing of a later release */
  BH_CONFLICT = 6,    /* two demands exclude each other */
  BH_ARGUMENT = 7     /* the call itself is wrong */
} bh_code;

typedef struct bh_error bh_error;

/* BH_OK for null, which a failed function leaves where there was no memory for an error; the code
 * is then what it has returned. */
bh_code bh_error_code(const bh_error* error);
/* The whole sentence: what happened, to which file, because of what, what to do. It is for people,
 * and its wording may change. Lives as long as the error; for null it says that there was no
 * memory. */
const char* bh_error_text(const bh_error* error);
/* An errno value if the kernel said why; else 0, also for null. */
int bh_error_number(const bh_error* error);
/* Null does nothing. */
void bh_error_free(bh_error* error);

/* --- Capsules ----------------------------------------------------------------------------- */

typedef struct bh_capsule bh_capsule;

enum {
  /* A libc of its own, not the program's. Needs a tree with the very release of glibc that the
   * program has ("/" has). What would break between two libcs in a process is seen to: memory
   * may be freed on either side, threads, pthread keys, errno, the environment, exit and fork are
   * the program's; docs/api.md lists all. */
  BH_CAPSULE_ISOLATED = 1u << 0,
  /* With BH_CAPSULE_ISOLATED: malloc and its kin are the capsule's own libc's. bh_owner tells
   * which memory is whose. */
  BH_CAPSULE_OWN_HEAP = 1u << 1,
  /* Libraries come from the tree, from below `permit`, or are shared: what would come from
   * elsewhere is an error, also for dlopen of a path by the capsule's own code. Libraries that
   * were linked with -z unique have to be named in `share` or `keep_private`. A rule, not a border:
   * docs/security.md. */
  BH_CAPSULE_STRICT = 1u << 2
};

typedef struct bh_capsule_options {
  size_t size; /* sizeof(bh_capsule_options) */
  uint32_t flags;
  uint32_t reserved;
  /* The absolute path of a directory; null means "/". */
  const char* tree;
  /* Tells capsules apart that are otherwise the same; null means "". */
  const char* name;
  /* SONAMEs of libraries that the capsule takes from the program's side, where they are loaded
   * if they are not yet, and stay. glibc's own libraries, libgcc_s.so.1, and libraries that were
   * linked with -z unique are shared without being named. */
  const char* const* share;
  /* SONAMEs of libraries that are never shared. */
  const char* const* keep_private;
  /* SONAMEs of the capsule's libraries that the program gets: by dlopen of that name, and as
   * dependencies of what it opens from now on. They are loaded then, not before. None of that name
   * may be loaded, nor be exposed by another capsule. */
  const char* const* expose;
  /* "DIRECTORY" or "FROM=TO": absolute paths that libraries of the capsule read from the tree. */
  const char* const* map;
  /* Directories inside the tree that are searched as those of LD_LIBRARY_PATH are. */
  const char* const* library_path;
  /* With BH_CAPSULE_STRICT: absolute paths of this system. What lies at or below one of them, once
   * links are followed, may be opened by its path. */
  const char* const* permit;
  /* Absolute paths, as patterns of * and ?, where * stands for slashes, too: what the program's
   * dlopen opens by such a path from now on is opened in the capsule, as by bh_library_open: the
   * tree's file at that path. The handle is for dlsym and dlclose as any other. */
  const char* const* plugins;
} bh_capsule_options;

/* Opens a capsule. One that was opened with the same options before is joined: it keeps its
 * namespace, and what is loaded there. `options` may be null: an unnamed capsule of "/".
 *
 * A process can have 15 (glibc has 16 namespaces), less those that somebody else made; the next
 * one is BH_LIMIT. Namespaces are not given back to glibc, since libraries that cannot be unloaded
 * would keep them; that of a capsule which is closed is used again when the same is opened.
 *
 * Errors: BH_MISSING no such tree; BH_CONFLICT options that exclude each other, or a library to
 * expose is loaded or another capsule's; BH_LIMIT; BH_SYSTEM; BH_UNSUPPORTED an isolated capsule of
 * another glibc, or options of a later release; BH_ARGUMENT. */
bh_code bh_capsule_open(const bh_capsule_options* options, bh_capsule** capsule, bh_error** error);

/* The same with what a configuration file (docs/config.md) says of the capsule `name`; null if
 * the file has just one. Sections for programs count for the program that is running. The name
 * of the capsule is that in the file. Errors: also BH_MALFORMED, with line and column. */
bh_code bh_capsule_open_config(const char* file, const char* name, bh_capsule** capsule,
                               bh_error** error);

/* Gives back what one opening gave. Libraries that are still open in it stay usable. Null does
 * nothing. */
void bh_capsule_close(bh_capsule* capsule);

/* As given to bh_capsule_open; they live as long as the process. */
const char* bh_capsule_name(const bh_capsule* capsule);
const char* bh_capsule_tree(const bh_capsule* capsule);

/* Its Lmid_t, for dlinfo's RTLD_DI_LMID, bh_dlmopen and bh_dl_iterate_ns_phdr. */
long bh_capsule_namespace(const bh_capsule* capsule);

/* --- Libraries ---------------------------------------------------------------------------- */

/* A library that is open in a capsule. It is also a handle for dlsym, dlvsym and dlinfo, and what
 * <link.h> calls a struct link_map; but to close it is for bh_library_close. */
typedef struct bh_library bh_library;

/* Opens a library with all that it needs. `file`: a bare name, which is searched in the tree as
 * its ld.so would; or an absolute path inside the tree. `mode` is dlopen's: RTLD_LAZY or RTLD_NOW,
 * with RTLD_GLOBAL (what is opened in the capsule from now on sees its symbols), RTLD_NOLOAD,
 * RTLD_NODELETE, RTLD_DEEPBIND; 0 means RTLD_NOW. A library that is open already is the same
 * bh_library, and is to be closed once more.
 *
 * Errors: BH_MISSING it, or what it needs; BH_MALFORMED; BH_SYSTEM what ld.so says; BH_ARGUMENT,
 * also for flags of bh_dlmopen; BH_UNSUPPORTED other flags. */
bh_code bh_library_open(bh_capsule* capsule, const char* file, int mode, bh_library** library,
                        bh_error** error);

/* Closes one opening; when it is the last one, ld.so unloads what nobody needs any more. Errors:
 * BH_ARGUMENT it is not open, BH_SYSTEM. */
bh_code bh_library_close(bh_library* library, bh_error** error);

/* The address of a symbol in a library or in what it needs; a thread-local one is the calling
 * thread's. `version`: null for the default one. Null, with BH_MISSING, if there is none. (A
 * symbol whose value is null is not an error: no error is written.) */
void* bh_symbol(bh_library* library, const char* name, const char* version, bh_error** error);

/* What is loaded in a capsule. */
typedef enum bh_role {
  BH_PRIVATE = 0, /* the capsule's own copy */
  BH_SHARED = 1,  /* the program's, for which something stands in the capsule's namespace */
  BH_EXPOSED = 2  /* the capsule's own copy, which the program has, too */
} bh_role;

typedef struct bh_library_info {
  size_t size;         /* set by bulkhead to what it knows */
  const char* name;    /* its SONAME, or its file's name if it has none */
  const char* file;    /* the path as ld.so knows it; of a shared library the program's */
  const void* begin;   /* its segments lie from here… */
  const void* end;     /* …to before this; of a shared library the program's */
  bh_library* library; /* for bh_symbol while the callback runs; not opened once more */
  bh_role role;
  uint32_t reserved;
} bh_library_info;

/* Calls `visit` for each library of a capsule, in ld.so's order, until that returns something
 * other than 0, which is then returned; else 0, also if `visit` is null. Nothing is loaded or
 * unloaded meanwhile by another thread, and `visit` must not do so either. The strings live while
 * `visit` runs. */
int bh_capsule_libraries(bh_capsule* capsule, int (*visit)(const bh_library_info* info, void* data),
                         void* data);

/* --- In the terms of dlmopen -------------------------------------------------------------- */

/* The flags that were proposed for glibc's dlmopen (RTLD_SHARED series, 2018 to 2021). They are
 * for bh_dlmopen alone, which knows them by these values. Should <dlfcn.h> once have the names
 * without BH_, with other values, use those with it. */
#define BH_RTLD_SHARED 0x00020
#define BH_RTLD_ISOLATE 0x00040
#ifndef RTLD_SHARED
#define RTLD_SHARED BH_RTLD_SHARED
#endif
#ifndef RTLD_ISOLATE
#define RTLD_ISOLATE BH_RTLD_ISOLATE
#endif

/* dlmopen(3), with these differences:
 *
 *  - LM_ID_NEWLM: libc and its kin are the program's in the new namespace, unless `mode` has
 *    RTLD_ISOLATE. Namespaces in which nothing is left are used again.
 *  - RTLD_SHARED: `file` is loaded in the program's namespace (LM_ID_BASE), where it stays, and a
 *    stand-in for it in the namespace `space`: its handle is returned, by which dlsym and dlvsym
 *    find the one copy's symbols. It is an error if the namespace has a copy of its own. Without
 *    the flag a stand-in that is there already is returned. With LM_ID_BASE it means nothing.
 *  - Libraries that were linked with -z unique are opened as with RTLD_SHARED, unless the
 *    namespace is isolated.
 *  - RTLD_GLOBAL is allowed: what is opened in that namespace from now on sees the symbols.
 *  - Libraries that one needs are searched and loaded in the namespace, but for those that have a
 *    stand-in there.
 *  - A namespace that somebody else made counts as isolated.
 *
 * `file` must not be null unless `space` is LM_ID_BASE. Bare names are searched as dlopen does for
 * the caller: its DT_RPATH or DT_RUNPATH, LD_LIBRARY_PATH as the environment has it now, ld.so's
 * cache and directories. The handle is one for dlsym, dlvsym and dlinfo; to be closed with
 * bh_dlclose. Null on errors, which bh_dlerror tells. */
void* bh_dlmopen(long space, const char* file, int mode);

/* dlclose(3) for handles of bh_dlmopen; others are passed on. */
int bh_dlclose(void* handle);

/* dlerror(3), also for the functions above. */
char* bh_dlerror(void);

struct dl_phdr_info;

/* dl_iterate_phdr(3) for a namespace: LM_ID_BASE, or any other id that is in use. -1 if it is not.
 * dlpi_tls_data is the calling thread's block, or null where it has none yet. */
int bh_dl_iterate_ns_phdr(long space,
                          int (*callback)(struct dl_phdr_info* info, size_t size, void* data),
                          void* data);

/* --- Memory ------------------------------------------------------------------------------- */

typedef enum bh_heap {
  BH_HEAP_NONE = 0,   /* no allocator's: a library's, a stack's, not mapped */
  BH_HEAP_BASE = 1,   /* the program's: free of the program, and of capsules that share its heap */
  BH_HEAP_CAPSULE = 2 /* of a capsule with BH_CAPSULE_OWN_HEAP: free inside it */
} bh_heap;

/* Which heap a pointer belongs to that an allocation function returned: malloc, calloc, realloc,
 * reallocarray, memalign, aligned_alloc, posix_memalign, valloc, pvalloc, and all that calls these
 * (strdup, getline, asprintf …), whether the memory was mapped by itself or not. `capsule` may
 * be null; it gets the capsule, or null. Of memory that no allocation function gave out it may say
 * BH_HEAP_BASE: what the program mapped itself, the stack of another thread. */
bh_heap bh_owner(const void* pointer, bh_capsule** capsule);

/* Whether calls of free and realloc with the other side's memory are reported: one line on
 * standard error names both libraries, and the call is passed to the heap that the memory
 * belongs to. Also on if the environment has BULKHEAD_DEBUG=heap when the first capsule is opened.
 * Once on it stays on. Returns whether it was on. */
int bh_debug_heap(void);

#ifdef __cplusplus
}
#endif

#endif
