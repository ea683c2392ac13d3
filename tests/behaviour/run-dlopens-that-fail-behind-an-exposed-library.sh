#!/bin/bash
# A dlopen of a library of the program's that fails after what it needs of exposed libraries was loaded: nothing of these is
# initialised or finalised, the program goes on, may try as often as it likes, and ends as natively.
. "${0%/*}/lib.sh"

printed='#include <stdio.h>
static void begin(void) __attribute__((constructor));
static void end(void) __attribute__((destructor));
static void begin(void) { puts(NAME " begins"); }
static void end(void) { puts(NAME " ends"); }'
at=$libs library libinner.so.1 '-DNAME="inner"' <<<"$printed int inner(void){return 41;}"
at=$libs library libthing.so.1 '-DNAME="thing"' "$libs/libinner.so.1" \
    <<<"$printed int inner(void); int number = 1; int answer(void){return inner() + number;}"
at=$host library libplugin.so '-DNAME="plugin"' "$libs/libthing.so.1" \
    <<<"$printed int nowhere(void), answer(void); extern int number; int plugin(void){return answer() + number + nowhere();}"
# One that begins before all others of its dlopen.
at=$libs library libfirst.so.1 '-DNAME="first"' -Wl,-z,initfirst <<<"$printed int first(void){return 1;}"
at=$host library libearly.so '-DNAME="early"' "$libs/libfirst.so.1" <<<"$printed int nowhere(void), first(void); int early(void){return first() + nowhere();}"
at=$libs library libnext.so.1 '-DNAME="next"' <<<"$printed"

cat >main.c <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "claims.h"
static const char *g_plugin;
static void *open_plugin(void *unused) {
  const void *library = dlopen(g_plugin, RTLD_NOW);
  const char *error = dlerror();
  CLAIM("plugin", "%s", library ? "opened" : error && strstr(error, "undefined symbol: nowhere") ? "lacks nowhere" : error);
  return unused;
}
static void open_in_thread(void) {
  pthread_t thread;
  pthread_create(&thread, 0, &open_plugin, 0);
  pthread_join(thread, 0);
}
int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IONBF, 0);
  g_plugin = argv[1];
  const char *early = argv[3];
  for (const char *step = argv[2]; *step; ++step) {
    if (*step == 'p') open_plugin(0);
    if (*step == 't') open_in_thread();
    if (*step == 'l') {
      int loaded = dlopen("libthing.so.1", RTLD_LAZY | RTLD_NOLOAD) != 0;
      HOLDS("thing is loaded", loaded);
    }
    if (*step == 'f') {
      int status = 0;
      pid_t child = fork();
      if (child == 0) return 3;
      waitpid(child, &status, 0);
      CLAIM("child", "%d", status / 256);
    }
    if (*step == 'o') {
      void *thing = dlopen("libthing.so.1", RTLD_NOW);
      CLAIM("answer", "%d", thing ? ((int (*)(void))dlsym(thing, "answer"))() : -1);
    }
    if (*step == 'i') g_plugin = early, open_plugin(0), g_plugin = argv[1];
    if (*step == 'n') HOLDS("next", dlopen("libnext.so.1", RTLD_NOW) != 0);
    if (*step == 'u') {
      void *thing = dlopen("libunrelated.so.1", RTLD_NOW);
      dlclose(thing);
    }
  }
  puts("main ends");
}
END
at=$host library libunrelated.so.1 <<<'int unrelated;'

# In the second the capsule is open from the beginning.
program main -pthread "-Wl,-rpath,$host" <main.c
at=$libs library libother.so.1 <<<'int other = 1;'
program linked -pthread "-Wl,-rpath,$host" -Wl,--no-as-needed "$libs/libother.so.1" <main.c

# Steps: p the plugin, t in a thread that ends, l whether it is loaded, f a child, u another library comes and goes,
# o opens what is exposed, which stays; i another plugin, whose exposed library begins first; n one that nobody needs.
for steps in p plp ppppppppppppppppppppo tl tulo ptfop putuoup ff in ion iin; do
    for program in main linked; do
        env "LD_LIBRARY_PATH=$libs" "./$program" "$host/libplugin.so" "$steps" "$host/libearly.so" >natively.txt || fail "$program $steps natively: $?"
        grep -q 'main ends' natively.txt || fail "$program $steps natively: $(<natively.txt)"
        run libthing.so.1,libother.so.1,libfirst.so.1,libnext.so.1 -- "./$program" "$host/libplugin.so" "$steps" "$host/libearly.so" >inside.txt ||
            fail "$program $steps: ends with $?; $(<inside.txt)"
        diff natively.txt inside.txt || fail "$program $steps: another output than natively"
    done
done
