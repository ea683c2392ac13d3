#!/bin/bash
# --on-failure native, where the tree is gone when the program runs: the shims stand for this system's libraries,
# whose constructors find their own data, and one line on stderr says why.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int counter = 5; int exposed(void) { return 42; } int only_there(void) { return 1; }'
library libsecond.so.1 <<<'int second_data = 1; int second(void) { return 1; }'
native() { at=$host library "$@"; }
# It interposes nothing of its own, needs the other exposed one, and uses both in its constructor.
native libsecond.so.1 <<<'int second_data; __thread int own_of_thread = 5; int second(void) { return 100; }
static __attribute__((constructor)) void start(void) { second_data = 30; }'
# shellcheck disable=SC2016 # the dynamic linker expands it
native libexposed.so.1 "$host/libsecond.so.1" '-Wl,--enable-new-dtags,-rpath,$ORIGIN' <<'END'
extern int second_data;
extern __thread int own_of_thread; // which no shim has
int second(void);
int counter = 7;
static int seen;
int own(void) { return counter; }
int exposed(void) { return seen; }
static __attribute__((constructor)) void start(void) { seen = own() * 1000 + second() + second_data + own_of_thread; counter++; }
END
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1,libsecond.so.1 --on-failure native -o shims
cat >main.c <<'END'
#include <stdio.h>
extern int counter;
int exposed(void), only_there(void);
int early;
static void call_early(void) { early = exposed(); }
#ifdef EARLY
__attribute__((section(".preinit_array"))) void (*entry)(void) = call_early;
#endif
int main(int count, char **arguments) {
  if (count > 1) return only_there();
  printf("%d %d %d", exposed(), counter, early);
}
END
program lazy "$libs/libexposed.so.1" -fPIC -Wl,-z,lazy <main.c
program now "$libs/libexposed.so.1" -fPIC -Wl,-z,now <main.c
program copies "$libs/libexposed.so.1" -no-pie -fno-pic <main.c
program early "$libs/libexposed.so.1" -fPIC -DEARLY <main.c
program by-runpath "$libs/libexposed.so.1" -fPIC -Wl,--enable-new-dtags,-rpath,"$host" <main.c
program by-name <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments) {
  void *handle = dlopen("libexposed.so.1", RTLD_NOW);
  if (!handle) return puts(dlerror()), 1;
  int *counter = dlsym(handle, "counter");
  printf("%d %d 0", ((int (*)(void))dlsym(handle, "exposed"))(), *counter);
}
END
one_line() {
    [[ $(grep -c "^bulkhead: cannot open .*; the program goes on with this system's own libraries$" stderr) -eq 1 ]] ||
        fail "not one line: $(<stderr)"
}
mv "$tree" away
export LD_LIBRARY_PATH=$scratch/shims:$host
expect "7135 8 0" ./lazy && one_line
expect "7135 8 0" ./now && one_line
LD_BIND_NOW=1 expect "7135 8 0" ./lazy && one_line
expect "7135 8 0" ./copies && one_line
expect "7135 8 7135" ./early && one_line
expect "7135 8 0" ./by-name && one_line
refuses "only_there of libexposed.so.1 was called" "stands in" -- ./lazy 1
LD_LIBRARY_PATH=$scratch/shims:shims expect "7135 8 0" ./by-runpath

# Several threads at once.
program threads -pthread <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
static void *call(void *name) {
  void *handle = dlopen(name, RTLD_NOW);
  int (*function)(void) = dlsym(handle, name == "libsecond.so.1" ? "second" : "exposed");
  return (void *)(long)function();
}
int main(void) {
  pthread_t threads[8];
  long sum = 0;
  void *result;
  for (int i = 0; i < 8; ++i) pthread_create(&threads[i], 0, call, i % 2 ? "libsecond.so.1" : "libexposed.so.1");
  for (int i = 0; i < 8; ++i) pthread_join(threads[i], &result), sum += (long)result;
  printf("%ld", sum);
}
END
for _ in 1 2 3 4 5; do expect "$((4 * 7135 + 4 * 100))" ./threads; done

# Where this system has none either, there is nothing to go on with.
LD_LIBRARY_PATH=$scratch/shims refuses "libexposed.so.1" "this system has no library of that name" -- ./lazy
LD_LIBRARY_PATH=$scratch/shims refuses "this system has no library of that name" -- ./by-name

# With the tree in its place again, it is the tree's.
mv away "$tree"
expect "42 5 0" ./lazy
[[ ! -s stderr ]] || fail "said without a reason: $(<stderr)"

# glibc has 15 namespaces for capsules; what comes then stands for this system's.
for i in {1..17}; do
    library "lib$i.so.1" <<<"int value_$i(void) { return 1; }"
    native "lib$i.so.1" <<<"int value_$i(void) { return 1000; }"
    "$bulkhead" shim --tree "$tree" --expose "lib$i.so.1" --on-failure native -o many
    "$bulkhead" shim --tree "$tree" --expose "lib$i.so.1" -o strict
done
{
    for i in {1..17}; do echo "int value_$i(void);"; done
    echo '#include <stdio.h>'
    echo 'int main(void) { printf("%d", 0'
    for i in {1..17}; do echo "+ value_$i()"; done
    echo '); }'
} >many.c
program uses-many "$libs"/lib?.so.1 "$libs"/lib??.so.1 <many.c
LD_LIBRARY_PATH=$scratch/many:$host expect 2015 ./uses-many
[[ $(grep -c "glibc allows 15 capsules" stderr) -eq 2 ]] || fail "said: $(<stderr)"
LD_LIBRARY_PATH=$scratch/strict:$host refuses "glibc allows 15 capsules" -- ./uses-many
