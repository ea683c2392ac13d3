// redirect: files below one directory are served from another.
//
//     REDIRECT=/etc/app=/tmp/app bulkhead preload libredirect.so -- PROGRAM
//
// Paths that begin with /etc/app are looked up below /tmp/app, if they are there: by open, fopen,
// stat, access, readlink and their kin, in the program and in every library that it loads. What is not
// there comes from where it was asked for.
#define _GNU_SOURCE
#include <bulkhead/tool.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *from, *to;
static size_t from_length;

// The file that a path means: itself, or the other one, spelt in `buffer`.
static const char *redirected(const char *path, char buffer[PATH_MAX]) {
  if (path == NULL || strncmp(path, from, from_length) != 0) return path;
  if (path[from_length] != '/' && path[from_length] != '\0') return path;
  int length = snprintf(buffer, PATH_MAX, "%s%s", to, path + from_length);
  if (length < 0 || length >= PATH_MAX) return path;
  // A system call: the hook on faccessat would ask here again if the tool were one of the program's
  // libraries.
  int saved = errno;
  long found = syscall(SYS_faccessat, AT_FDCWD, buffer, F_OK);
  errno = saved;
  return found == 0 ? buffer : path;
}

#define TAKES_MODE(flags) (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE)

static int (*next_open)(const char *, int, ...);
static int hooked_open(const char *path, int flags, ...) {
  char buffer[PATH_MAX];
  va_list rest;
  va_start(rest, flags);
  mode_t mode = TAKES_MODE(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return next_open(redirected(path, buffer), flags, mode);
}

static int (*next_openat)(int, const char *, int, ...);
static int hooked_openat(int at, const char *path, int flags, ...) {
  char buffer[PATH_MAX];
  va_list rest;
  va_start(rest, flags);
  mode_t mode = TAKES_MODE(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return next_openat(at, redirected(path, buffer), flags, mode);
}

// HOOK(result, name, (parameters), (arguments)): with `path` among them, redirected.
#define HOOK(result, name, parameters, arguments)  \
  static result(*next_##name) parameters;          \
  static result hooked_##name parameters {         \
    char buffer[PATH_MAX];                         \
    path = redirected(path, buffer);               \
    return next_##name arguments;                  \
  }

HOOK(FILE *, fopen, (const char *path, const char *mode), (path, mode))
HOOK(DIR *, opendir, (const char *path), (path))
HOOK(int, stat, (const char *path, struct stat *to), (path, to))
HOOK(int, lstat, (const char *path, struct stat *to), (path, to))
HOOK(int, fstatat, (int at, const char *path, struct stat *to, int flags), (at, path, to, flags))
HOOK(int, statx, (int at, const char *path, int flags, unsigned mask, struct statx *to),
     (at, path, flags, mask, to))
HOOK(int, access, (const char *path, int mode), (path, mode))
HOOK(int, faccessat, (int at, const char *path, int mode, int flags), (at, path, mode, flags))
HOOK(ssize_t, readlink, (const char *path, char *buffer_to, size_t size), (path, buffer_to, size))
// Before glibc 2.33 stat and its kin were inline calls of these.
HOOK(int, __xstat, (int version, const char *path, struct stat *to), (version, path, to))
HOOK(int, __lxstat, (int version, const char *path, struct stat *to), (version, path, to))

// The 64 in a name changes nothing on 64-bit machines, but the original is the name's own.
static int (*next_open64)(const char *, int, ...);
static int hooked_open64(const char *path, int flags, ...) {
  char buffer[PATH_MAX];
  va_list rest;
  va_start(rest, flags);
  mode_t mode = TAKES_MODE(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return next_open64(redirected(path, buffer), flags, mode);
}
static int (*next_openat64)(int, const char *, int, ...);
static int hooked_openat64(int at, const char *path, int flags, ...) {
  char buffer[PATH_MAX];
  va_list rest;
  va_start(rest, flags);
  mode_t mode = TAKES_MODE(flags) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return next_openat64(at, redirected(path, buffer), flags, mode);
}
HOOK(FILE *, fopen64, (const char *path, const char *mode), (path, mode))
HOOK(int, stat64, (const char *path, struct stat64 *to), (path, to))
HOOK(int, lstat64, (const char *path, struct stat64 *to), (path, to))
HOOK(int, fstatat64, (int at, const char *path, struct stat64 *to, int flags), (at, path, to, flags))
HOOK(int, __xstat64, (int version, const char *path, struct stat64 *to), (version, path, to))

#define ENTRY(function)                                                             \
  {.size = sizeof(bh_hook_request), .name = #function,                              \
   .replacement = (void *)hooked_##function, .original = (void **)&next_##function}

__attribute__((constructor)) static void start(void) {
  const char *rule = getenv("REDIRECT");
  const char *middle = rule != NULL ? strchr(rule, '=') : NULL;
  if (middle == NULL || rule[0] != '/' || middle[1] != '/') {
    fprintf(stderr, "redirect: REDIRECT is to be FROM=TO, two absolute directories\n");
    return;
  }
  from = strndup(rule, (size_t)(middle - rule));
  to = strdup(middle + 1);
  from_length = strlen(from);
  const bh_hook_request requests[] = {
      ENTRY(open),      ENTRY(open64),   ENTRY(openat),    ENTRY(openat64),  ENTRY(fopen),
      ENTRY(fopen64),   ENTRY(opendir),  ENTRY(stat),      ENTRY(stat64),    ENTRY(lstat),
      ENTRY(lstat64),   ENTRY(fstatat),  ENTRY(fstatat64), ENTRY(statx),     ENTRY(access),
      ENTRY(faccessat), ENTRY(readlink), ENTRY(__xstat),   ENTRY(__xstat64), ENTRY(__lxstat)};
  enum { kCount = sizeof requests / sizeof *requests };
  bh_hook *hooks[kCount];
  bh_error *error = NULL;
  if (bh_tool_hook(requests, kCount, hooks, &error) == BH_OK) return;
  fprintf(stderr, "redirect: %s\n", bh_error_text(error));
  bh_error_free(error);
}
