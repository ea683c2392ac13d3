#!/bin/bash
# What libc remembers between calls (getopt, strtok, rand, the time zone, streams and their buffers,
# locales of threads, the environment) is remembered across the border, under every name it has.
. "${0%/*}/lib.sh"

library libinside.so.1 -lm <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <iconv.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <netdb.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
extern char **environ, **_environ, **__environ, *__progname, *__progname_full;
void *address(int i) {
  void *all[] = {&environ, &_environ, &__environ, &stdin, &stdout, &stderr, &optarg, &optind, &opterr, &program_invocation_name,
                 &__progname_full, &timezone, &tzname, &daylight, &signgam, &errno};
  return all[i];
}
const char *first(void) { return __environ && *__environ ? *__environ : "none"; }
const char *get(const char *name) { return getenv(name); }
void put(char *text) { putenv(text); }
void clear(void) { clearenv(); }
int next_option(int count, char **arguments) { return getopt(count, arguments, "ab:"); }
char *next_word(void) { return strtok(NULL, ","); }
int random_number(void) { return rand(); }
long zone(void) { tzset(); return timezone; }
double gamma_of(double x) { return lgamma(x); }
int print(FILE *to, const char *format, ...) { va_list list; va_start(list, format); return vfprintf(to, format, list); }
void back(FILE *file) { ungetc('u', file); }
FILE *temporary(void) { FILE *file = tmpfile(); fputs("in", file); return file; }
int wide(void) { return MB_CUR_MAX; }
void use(const char *name) { uselocale(newlocale(LC_ALL_MASK, name, NULL)); }
void *grow(void *p, size_t size) { return realloc(p, size); }
size_t usable(void *p) { return malloc_usable_size(p); }
void *aligned(void) { void *p; return posix_memalign(&p, 4096, 100) ? NULL : p; }
void *heap_end(void) { return sbrk(0); }
int converts(void) {
  iconv_t state = iconv_open("UTF-16LE", "ISO-8859-15");  // a module of the program's libc
  char text[] = "ab", result[9], *from = text, *to = result;
  size_t left = 2, room = 9;
  if (state == (iconv_t)-1) return -1;
  iconv(state, &from, &left, &to, &room);
  return result[0] * 100 + result[2];
}
int knows(void) { struct addrinfo *found; return getpwuid(0) != NULL && getaddrinfo("127.0.0.1", NULL, NULL, &found) == 0; }
END
cat >main.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
extern char **environ, **_environ, **__environ, *__progname, *__progname_full;
void *address(int), *grow(void *, size_t), *aligned(void), *heap_end(void), put(char *), clear(void), back(FILE *), use(const char *);
const char *first(void), *get(const char *);
int next_option(int, char **), random_number(void), print(FILE *, const char *, ...), wide(void), converts(void), knows(void);
char *next_word(void);
long zone(void);
double gamma_of(double);
FILE *temporary(void);
size_t usable(void *);
int main(void) {
  void *all[] = {&environ, &_environ, &__environ, &stdin, &stdout, &stderr, &optarg, &optind, &opterr, &program_invocation_name,
                 &__progname_full, &timezone, &tzname, &daylight, &signgam, &errno};
  for (int i = 0; i < 16; i++) printf("%d", all[i] == address(i));
  char line[99], *mine[] = {"mine=1", NULL}, **old = environ, list[] = "a,b", *options[] = {"p", "-a", "-bval", "-a", "rest", NULL};
  environ = mine;
  printf(" %s ", first());
  environ = old;
  setenv("OUT", "1", 1);
  put("IN=2");
  printf("%s%s ", get("OUT"), getenv("IN"));
  putchar(getopt(4, options, "ab:"));
  putchar(next_option(4, options));
  printf("%s%d ", optarg, optind);
  strtok(list, ",");
  srand(5);
  int random = rand();
  srand(5);
  printf("%s %d ", next_word(), random == random_number());
  setenv("TZ", "UTC-3", 1);
  printf("%ld", zone());
  printf("%ld ", timezone);
  signgam = 0;
  gamma_of(-0.5);
  printf("%d ", signgam);
  print(stdout, "%s%d%.1f ", "b", 2, 3.5);
  FILE *file = temporary();
  fputs("out", file);
  print(file, "%d", 34);
  rewind(file);
  fgets(line, 4, file);
  back(file);
  printf("%s", line);
  printf("%s ", fgets(line, 99, file));
  setlocale(LC_ALL, "C.UTF-8");
  printf("%d", wide());
  use("C");
  printf("%d ", (int)MB_CUR_MAX);
  char *text = strdup("text");
  text = grow(text, 100000);
  printf("%s%d ", text, usable(text) == malloc_usable_size(text));
  text = grow(realloc(text, 10), 3000000);
  printf("%s ", text);
  free(text);
  free(realloc(aligned(), 99999));
  printf("%d %d %d ", heap_end() == sbrk(0), converts(), knows());
  clear();
  printf("%d", environ == NULL);
}
END
wanted="1111111111111111 mine=1 12 abval3 b 1 -10800-10800 -1 b23.5 inouut34 61 text1 text 1 9798 1 1"
for options in "-fPIC -Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" -lm <main.c
    [[ $(LD_LIBRARY_PATH=$libs ./main) == "$wanted" ]] || fail "the fixture is wrong: $(LD_LIBRARY_PATH=$libs ./main)"
    expect "$wanted" run libinside.so.1 -- ./main
done
