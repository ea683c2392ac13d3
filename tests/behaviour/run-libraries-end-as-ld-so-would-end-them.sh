#!/bin/bash
# What a capsule's libraries do when the process ends is what they do natively, in that order: closed
# before, used by the program's destructors, opened by these, or not ended at all.
. "${0%/*}/lib.sh"

library libdependency.so <<'END'
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { printf("+dependency "); }
__attribute__((destructor)) static void end(void) { printf("-dependency "); }
int dependency(void) { return 1; }
END
library libfinionly.so -nostartfiles -Wl,-fini=last <<'END'
#include <stdio.h>
void last(void) { printf("-finionly "); }
int finionly(void) { return 1; }
END
library libclosed.so "$libs/libdependency.so" <<'END'
#include <stdio.h>
int dependency(void);
__attribute__((constructor)) static void begin(void) { printf("+closed "); }
__attribute__((destructor)) static void end(void) { printf("-closed "); }
int value(void) { return dependency(); }
END
library libplugin.so <<'END'
#include <stdio.h>
__attribute__((destructor)) static void end(void) { printf("-plugin "); }
END
language=c++ library libexposed.so.1 -Wl,--no-as-needed "$libs/libdependency.so" "$libs/libfinionly.so" -ldl <<'END'
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
extern "C" int dependency(), finionly();
struct Static { ~Static() { std::printf("~static "); } };
static Static one;
static void *plugin;
static void at_exit() { std::printf("atexit "); }
extern "C" void begin() {
  static Static two;
  plugin = dlopen("libplugin.so", RTLD_NOW);
  dlclose(dlopen("libclosed.so", RTLD_NOW));
  std::atexit(at_exit);
}
extern "C" void open_late() {
  dlopen("libdependency.so", RTLD_NOW);
  std::printf("%d%d ", dependency(), finionly());
}
__attribute__((destructor)) static void end() { std::printf("-exposed "); if (plugin) dlclose(plugin); }
END
language=c++ program main "$libs/libexposed.so.1" <<'END'
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>
extern "C" void begin(), open_late();
struct Static { ~Static() { std::printf("~program "); } };
static Static one;
__attribute__((destructor)) static void end() { open_late(); std::printf("-program "); }
int main(int, char **argv) {
  begin();
  std::printf("| ");
  std::fflush(stdout);
  if (!std::strcmp(argv[1], "exit")) std::exit(0);
  if (!std::strcmp(argv[1], "quick_exit")) std::quick_exit(0);
  if (!std::strcmp(argv[1], "_exit")) _exit(0);
  if (!std::strcmp(argv[1], "fork") && fork() > 0) { wait(nullptr); _exit(0); }
}
END
for how in exit return fork quick_exit _exit; do
    native=$(LD_LIBRARY_PATH=$libs ./main $how)
    expect "$native" run libexposed.so.1 --share libstdc++.so.6 -- ./main $how
done
[[ $(LD_LIBRARY_PATH=$libs ./main exit) == *"-program "*"-exposed "*"-dependency "* ]] || fail "the fixture is wrong"
