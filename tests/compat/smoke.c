/* smoke LIBRARY-DIRECTORY SYMBOLS.TSV
 *
 * The compat libraries on whatever glibc this runs on: both load with every relocation done, each
 * row of the table is found under its version, and one function of each kind answers. Plain C
 * and no test framework, so that a compiler of the oldest base can build it:
 *   cc -o smoke smoke.c -ldl -lpthread -lm -lrt -lresolv -lutil -lanl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int faults;

static void expect(int holds, const char *what) {
  if (holds) return;
  printf("%s\n", what);
  ++faults;
}

static void *open_one(const char *directory, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  void *handle = dlopen(path, RTLD_NOW);
  if (handle == NULL) printf("%s\n", dlerror()), exit(1);
  return handle;
}

static void *thread_body(void *given) { return given; }

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  void *c = open_one(argv[1], "libbulkhead-compat.so.0");
  void *m = open_one(argv[1], "libbulkhead-compat-m.so.0");

  FILE *table = fopen(argv[2], "r");
  if (table == NULL) return 2;
  char line[1024], symbol[256], version[64], library[64], machine[64], kind[64];
  int rows = 0;
  while (fgets(line, sizeof line, table) != NULL) {
    if (line[0] == '#' ||
        sscanf(line, "%255s %63s %63s %63s %63s", symbol, version, library, machine, kind) != 5)
      continue;
#if !defined(__x86_64__)
    if (strcmp(machine, "x86_64") == 0) continue;
#endif
    if (strcmp(kind, "missing") == 0) continue;
    ++rows;
    void *handle = strncmp(library, "libm", 4) == 0 ? m : c;
    Dl_info info;
    void *found = dlvsym(handle, symbol, version);
    if (found == NULL || dladdr(found, &info) == 0 ||
        strstr(info.dli_fname, "libbulkhead-compat") == NULL) {
      printf("%s@%s is not found in compat\n", symbol, version);
      ++faults;
    }
  }
  fclose(table);

  long (*to_long)(const char *, char **, int) = dlvsym(c, "__isoc23_strtol", "GLIBC_2.38");
  expect(to_long("-0b101", NULL, 0) == -5 && to_long("0x20", NULL, 0) == 32,
         "__isoc23_strtol is wrong");

  int (*file_status)(const char *, struct stat *) = dlvsym(c, "stat", "GLIBC_2.33");
  struct stat status;
  expect(file_status("/dev/null", &status) == 0 && S_ISCHR(status.st_mode), "stat is wrong");

  int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
      dlvsym(c, "pthread_create", "GLIBC_2.34");
  int (*join)(pthread_t, void **) = dlvsym(c, "pthread_join", "GLIBC_2.34");
  pthread_t thread;
  void *result = NULL;
  expect(create(&thread, NULL, thread_body, &thread) == 0 && join(thread, &result) == 0 &&
             result == &thread,
         "pthread_create is wrong");

  int (*scan)(const char *, const char *, ...) = dlvsym(c, "__isoc23_sscanf", "GLIBC_2.38");
  int number = 0;
  expect(scan("42", "%d", &number) == 1 && number == 42, "__isoc23_sscanf is wrong");

  const char *(*name)(int) = dlvsym(c, "strerrordesc_np", "GLIBC_2.32");
  expect(name(2) != NULL && strcmp(name(2), "No such file or directory") == 0,
         "strerrordesc_np is wrong");

  double (*modulo)(double, double) = dlvsym(m, "fmod", "GLIBC_2.38");
  expect(modulo(7.5, 2) == 1.5, "fmod is wrong");
  double (*sine)(double) = dlvsym(m, "sinpi", "GLIBC_2.41");
  expect(sine(0.5) == 1, "sinpi is wrong");

  printf("glibc %s: %d symbols, %d faults\n", gnu_get_libc_version(), rows, faults);
  return faults != 0;
}
