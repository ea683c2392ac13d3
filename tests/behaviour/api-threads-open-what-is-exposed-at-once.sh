#!/bin/bash
# Threads that open plugins at the same moment, which need the same exposed libraries, get one of each: constructors run
# once, and before anybody calls. No constructor finds a descriptor of ours.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

cat >begins.h <<'EOF'
#include <unistd.h>
static int begun;
int NAME(void) { return begun; }
__attribute__((constructor)) static void begin(void) {
  usleep(1000);
  ++begun;
}
EOF
twin libfoo.so -I. <<<$'#define NAME foo\n#include "begins.h"'
twin libbar.so -I. -Wl,--no-as-needed "$libs/libfoo.so" <<<$'#define NAME bar\n#include "begins.h"'
for i in 0 1 2 3 4 5; do
    module "libplugin$i.so" -I. -Wl,--no-as-needed "$libs/libbar.so" <<EOF
#define NAME plugin_begun
#include "begins.h"
int foo(void), bar(void);
int plugin(void) { return 100 * foo() + 10 * bar() + plugin_begun(); }
EOF
done
counts=$'#include "descriptors.h"\nint NAME; __attribute__((constructor)) static void begin(void) { NAME = count_descriptors(); }'
twin libcounted.so -I. -DNAME=in_exposed <<<"$counts"
module libcounts.so -I. -DNAME=in_plugin -Wl,--no-as-needed "$libs/libcounted.so" <<<"$counts"

caller program -I. <<'EOF'
#include "api-calls.h"
#include "claims.h"
#include "descriptors.h"
#include <pthread.h>
enum { kThreads = 6 };
static pthread_barrier_t barrier;
static int right;
static void *open_one(void *number) {
  char name[20];
  snprintf(name, sizeof name, "libplugin%ld.so", (long)number);
  pthread_barrier_wait(&barrier);
  void *plugin = dlopen(name, RTLD_NOW);
  if (!plugin) return puts(dlerror()), NULL;
  if (((int (*)(void))dlsym(plugin, "plugin"))() == 111) __atomic_add_fetch(&right, 1, __ATOMIC_SEQ_CST);
  return 0;
}
int main(int count, char **arguments) {
  pthread_t threads[kThreads];
  expose(arguments[1], NAMES("libfoo.so", "libbar.so", "libcounted.so"));
  int ours = count_descriptors();
  void *plugin = dlopen("libcounts.so", RTLD_NOW);
  CLAIM("more descriptors than ours", "%d", *(int *)dlsym(plugin, "in_exposed") - ours);
  CLAIM("in the plugin", "%d", *(int *)dlsym(plugin, "in_plugin") - ours);
  pthread_barrier_init(&barrier, 0, kThreads);
  for (long i = 0; i < kThreads; ++i) pthread_create(&threads[i], 0, open_one, (void *)i);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], 0);
  CLAIM("threads that have all of it, once", "%d", right);
}
EOF
for ((turn = 0; turn < 10; ++turn)); do
    claims_natively_and_exposed ./program <<'END'
more descriptors than ours => 0
in the plugin => 0
threads that have all of it, once => 6
END
done
