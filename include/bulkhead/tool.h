/* bulkhead: what tools do in the program that they are loaded into.
 *
 * A tool is a library that watches or changes a program: `bulkhead preload TOOL.so -- PROGRAM`
 * loads it into a capsule of its own, so that its libraries are not the program's
 * (docs/preload.md). A library in LD_PRELOAD, and a program for itself, may use these functions
 * just as well. Link with -lbulkhead; there is one libbulkhead.so.0 in a process, which all tools
 * share.
 *
 * "The program" means here: the executable and all libraries of its linker namespace (LM_ID_BASE),
 * but libbulkhead and what it generates. Libraries in capsules are not the program's.
 *
 * The rules of <bulkhead/bulkhead.h> hold for every function: any thread at any time, unless its
 * comment says otherwise, and no signal handlers; strings are copied; errno is left as it was;
 * errors are told by the last argument; structures, flags and enumerations grow. The usual place to
 * call them is a constructor of the tool: then the program's libraries are loaded and initialised,
 * and the executable is not. docs/tool-api.md tells more, with examples.
 */
#ifndef BULKHEAD_TOOL_H
#define BULKHEAD_TOOL_H

#include <bulkhead/bulkhead.h>

#ifdef __cplusplus
extern "C" {
#endif

struct link_map;

/* --- Hooks -------------------------------------------------------------------------------- */

/* A function that the program calls by its name in another library, or in its own, through a word
 * that ld.so binds (a GOT entry or a PLT slot, or a pointer with that function's address in
 * initialised data), is replaced for the callers, without changing any code. */
typedef struct bh_hook_request {
  size_t size;      /* sizeof(bh_hook_request) */
  const char* name; /* the function's symbol, not null; of C++ the mangled one */
  /* Only for calls of this version ("GLIBC_2.2.5"). Null: whatever the version, also none. */
  const char* version;
  /* Only for calls by these libraries: a pattern with * and ? for the SONAME of the calling
   * library (the file's name, if it has none), or, if the pattern has a slash, for its path. The
   * executable is called "" by name, and its path is that of its file. Null: all of the program. */
  const char* callers;
  /* What is called instead, with the function's own type. Not null. It runs in the program's
   * threads, wherever the program calls the function: also in signal handlers, or before main. */
  void* replacement;
  /* Null, or where to put the address that the caller would have called: the next definition,
   * or the replacement of an older hook on the same name. It is written before the first call of
   * `replacement`, and changed when older hooks are removed or definitions come and go; it must
   * live as long as the hook. Null is written as long as the program has no such function. Of a
   * name with several versions, without `version`: the one that a program linked today gets. */
  void** original;
  /* BH_HOOK_... */
  uint32_t flags;
  uint32_t reserved;
} bh_hook_request;

enum {
  /* Also calls by the library of the program that `replacement` is in, which are left alone
   * otherwise: a tool in LD_PRELOAD, or a program that hooks functions for itself. (A tool in a
   * capsule is none of the program's libraries.) */
  BH_HOOK_OWN_CALLS = 1u << 0
};

typedef struct bh_hook bh_hook;

/* Puts hooks on: on all that is loaded, before it returns, and on every library that the program
 * loads later, before that one's constructors run. Also dlsym and dlvsym by the program give the
 * replacement, for RTLD_DEFAULT, and for handles if what they find is the original. `hooks` gets
 * `count` handles. All of them or none. The newest hook on a name is called first, and has the next
 * older one as its original.
 *
 * Not replaced: calls inside a library that its linker bound (static or hidden functions,
 * -Bsymbolic), system calls, addresses that the program has taken before (in variables, on its
 * heap), dlsym(RTLD_NEXT). Libraries that libc loads by itself (NSS, iconv, libgcc_s) get their
 * hooks with the next library that the program opens or closes, or hook that is put on.
 *
 * Threads: others may be calling the functions meanwhile; they come to the old or the new one. A
 * thread that is just binding a slot lazily (the first call of a function) may undo the hook of
 * that slot, until the next library is loaded or hook put on. Hooks that must not miss a call are
 * put on before there are other threads.
 *
 * Errors: BH_ARGUMENT a null, structures of different sizes; BH_UNSUPPORTED a flag or member of a
 * later release; BH_CONFLICT the name is a variable's; BH_LIMIT more than 1024 hooks; BH_MISSING a
 * `version` that no library defines although they define the name. */
bh_code bh_tool_hook(const bh_hook_request* requests, size_t count, bh_hook** hooks,
                     bh_error** error);

/* Takes one off: when it returns, no word of the program leads to the replacement that it has put
 * there, and the program's next call is to what would be called without this hook. Calls that have
 * begun go on in the replacement, and addresses that dlsym gave out stay what they are: so the
 * code must stay, and *original stays as it was. The handle ends. Null does nothing. */
void bh_tool_unhook(bh_hook* hook);

/* --- Libraries that come and go ----------------------------------------------------------- */

typedef enum bh_event {
  BH_PRESENT = 0, /* is loaded, told on request: BH_WATCH_PRESENT */
  BH_LOADED = 1,  /* has been loaded and relocated; its constructors have not run */
  BH_UNLOADED = 2 /* has been unloaded: nothing may look at its memory any more */
} bh_event;

typedef struct bh_library_event {
  size_t size; /* set by bulkhead to what it knows */
  bh_event event;
  uint32_t reserved;
  const char* path;           /* as ld.so knows it; of the executable that of its file */
  const char* soname;         /* its file's name if it has none */
  const void* begin;          /* its segments lie from here... */
  const void* end;            /* ...to before this */
  const struct link_map* map; /* ld.so's record; for BH_UNLOADED only its address, to compare */
} bh_library_event;

enum {
  BH_WATCH_PRESENT = 1u << 0 /* tells what is loaded first, before bh_tool_watch returns */
};

typedef struct bh_watch bh_watch;

/* Calls `callback` for every library of the program that is loaded or unloaded from now on. A
 * library that libc loads or unloads by itself is told with the next event, as with hooks. Strings
 * live while the callback runs.
 *
 * The callback runs in the thread that loads the library, in the midst of its dlopen, with ld.so's
 * lock held: it may look up symbols and addresses, and call bh_tool_hook, but must neither open nor
 * close libraries or capsules, nor wait for another thread. *watch is set before the first call of
 * `callback`. Errors: BH_ARGUMENT; BH_UNSUPPORTED a flag of a later release; BH_LIMIT more than 64.
 */
bh_code bh_tool_watch(void (*callback)(const bh_library_event* event, void* data), void* data,
                      uint32_t flags, bh_watch** watch, bh_error** error);

/* No callback begins after this returns. May be called in a callback. Null does nothing. */
void bh_tool_unwatch(bh_watch* watch);

/* --- Regions ------------------------------------------------------------------------------ */

typedef enum bh_region_kind {
  BH_REGION_NONE = 0,     /* none that is known: memory that was allocated, stacks, code made at run
                             time, what is not mapped */
  BH_REGION_PROGRAM = 1,  /* the executable */
  BH_REGION_LIBRARY = 2,  /* a library of the program; shims among them */
  BH_REGION_LIBC = 3,     /* the program's libc.so.6 */
  BH_REGION_LOADER = 4,   /* ld.so */
  BH_REGION_BULKHEAD = 5, /* libbulkhead.so.0 */
  BH_REGION_VDSO = 6,     /* what the kernel maps: linux-vdso.so.1 */
  BH_REGION_TOOL = 7,     /* in the capsule of a preloaded tool */
  BH_REGION_CAPSULE = 8   /* in another capsule */
} bh_region_kind;

/* Of BH_REGION_NONE both strings are empty, the addresses null, and the namespace is -1. */
typedef struct bh_region {
  size_t size; /* set by bulkhead to what it has filled; before bh_tool_region_of by the caller */
  bh_region_kind kind;
  uint32_t reserved;
  const void* begin;  /* the library's segments lie from here... */
  const void* end;    /* ...to before this */
  const char* soname; /* its file's name if it has none. Lives as long as the process */
  const char* path;   /* as ld.so knows it; the executable's file. Lives as long as the process */
  long space;         /* its namespace: an Lmid_t; -1 for the vdso */
} bh_region;

/* Calls `visit` for each region, in the order of addresses, until it returns something other than
 * 0, which is then returned; else 0. What is loaded or unloaded meanwhile may be missing, or
 * listed. What capsules share is listed where it is, in the program; generated images are not
 * listed. */
int bh_tool_regions(int (*visit)(const bh_region* region, void* data), void* data);

/* The region that an address is in. Returns its kind, and fills *region unless that is null; its
 * `size` is to be sizeof(bh_region).
 *
 * Async-signal-safe, and takes no lock: it goes by a table, which is made by bh_tool_regions, and
 * by hooks and watches whenever they learn of a library that came or went. What was loaded after
 * that is BH_REGION_NONE; before the first of these calls everything is. */
bh_region_kind bh_tool_region_of(const void* address, bh_region* region);

/* --- System calls ------------------------------------------------------------------------- */

typedef struct bh_call {
  size_t size;    /* set by bulkhead to what it knows */
  int64_t number; /* of <sys/syscall.h> */
  /* May be changed before the call; memory that they point to must stay valid until after it. */
  uint64_t arguments[6];
  int64_t result;          /* -errno for a failure, as the kernel gives it */
  const void* instruction; /* the `syscall` that the program executed */
} bh_call;

/* What `before` returns. A value that the library does not know means BH_PASS_ON. */
typedef enum bh_verdict {
  BH_PASS_ON = 0, /* make the call, with what number and arguments are now */
  BH_ANSWERED = 1 /* do not make it: the program gets `result` */
} bh_verdict;

enum {
  BH_INTERCEPT_DISPATCH = 1u << 0, /* by Syscall User Dispatch (Linux 5.11), or fail */
  BH_INTERCEPT_FILTER = 1u << 1    /* by seccomp, or fail; the program cannot exec then */
};

/* Shows every system call of the program to `before`, and what came of it to `after`, from now on
 * and until exec, in this thread and in all threads and children that come later. Each may be null;
 * `after` costs a quarter more. `context` is passed on to both. Not shown: calls that the callbacks
 * themselves make, directly or through libc; calls inside bh_tool_run; those by `syscall`
 * instructions in the caller's capsule; functions that the vDSO answers by itself. exit,
 * exit_group and rt_sigreturn are shown and made whatever the verdict.
 *
 * Callbacks run in a signal handler, in any thread, under any lock of the program's: only what is
 * async-signal-safe may be called; they return, and do not jump, throw or exit the thread. All
 * signals are blocked meanwhile. There are some 50 KiB of stack. docs/interception.md is the whole
 * contract.
 *
 * Once in a process, and before it has other threads: in a constructor. Children of fork have it
 * without a call. It has no end. Errors: BH_CONFLICT there are threads, or it was called before;
 * BH_UNSUPPORTED the kernel lacks the means, or a flag of a later release; BH_ARGUMENT flags that
 * exclude each other; BH_LIMIT more than 1024 segments of code in the capsule have `syscall`s, or
 * bytes that look like one; BH_SYSTEM. */
bh_code bh_tool_intercept(bh_verdict (*before)(bh_call* call, void* context),
                          void (*after)(bh_call* call, void* context), void* context,
                          uint32_t flags, bh_error** error);

/* Calls work(data), whose system calls, and those of threads that it starts, are not shown. For the
 * tool's work in functions that the program calls: hooks, and what it exports. Signals are blocked
 * meanwhile if calls are intercepted. It must return; errno is what it leaves. */
void bh_tool_run(void (*work)(void* data), void* data);

/* --- Rules for system calls, by region ---------------------------------------------------- */

/* Installs a policy (docs/seccomp.md) in the kernel, for all threads, for good: `policy` is the
 * `size` bytes of a compiled one, which need no alignment and may be freed afterwards. The selector
 * "tool" means the caller's capsule, and nothing if the caller is in none. Ranges are those of
 * what is loaded now: call it late enough. Sets no_new_privs.
 *
 * Errors: BH_MALFORMED; BH_UNSUPPORTED of another release or machine, or an action that this kernel
 * lacks; BH_ARGUMENT null; BH_LIMIT too long for the kernel; BH_CONFLICT a thread has filters of
 * its own; BH_SYSTEM. After an error no filter is installed, but no_new_privs may be set. */
bh_code bh_tool_install_policy(const void* policy, size_t size, bh_error** error);

#ifdef __cplusplus
}
#endif

#endif
