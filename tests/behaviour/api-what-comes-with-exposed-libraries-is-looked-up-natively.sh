#!/bin/bash
# What a dlopen brings together with exposed libraries is looked up in the order that there would be natively, as long as it is
# open: a shared library's calls lead to what brought it, one that only a private library needs comes after that. And
# what is closed goes.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

module libshared.so <<<'int who(void) { return 1; } int ask(void) { return who(); }'
module libpages.so <<<'int getpagesize(void) { return 1; }'
cp "$host"/lib{shared,pages}.so "$libs"
twin liblast.so <<<'int getpagesize(void) { return 2; }'
twin libmiddle.so -Wl,--no-as-needed "$libs/libshared.so" <<<''
twin libinner.so -Wl,--no-as-needed "$libs/liblast.so" <<<''
twin libtop.so -Wl,--no-as-needed "$libs/libmiddle.so" "$libs/libinner.so" <<<'#include <unistd.h>
int who(void) { return 3; } int pages(void) { return getpagesize() == sysconf(_SC_PAGESIZE) ? 0 : getpagesize(); }'
module libbar.so <<<'#include <stdio.h>
__attribute__((destructor)) static void end(void) { puts("the end of libbar.so"); }'
module libplugin.so -Wl,--no-as-needed "$libs/libmiddle.so" "$host/libbar.so" <<<''
caller main -Wl,--no-as-needed "$host/libpages.so" <<'END'
#include "api-calls.h"
#include "claims.h"
static int ask(void *handle, const char *name) { return ((int (*)(void))dlsym(handle, name))(); }
int main(int count, char **arguments) {
  setbuf(stdout, NULL);
  if (*arguments[1]) {
    capsule_with(OPTIONS(.tree = arguments[1], .expose = NAMES("libtop.so", "libmiddle.so", "liblast.so"),
                         .share = NAMES("libshared.so", "libpages.so")));
  }
  int mode = atoi(arguments[2]);
  void *top = dlopen("libtop.so", mode), *middle = dlopen("libmiddle.so", mode);
  if (!top || !middle) return puts(dlerror());
  CLAIM("the shared one asks", "%d", ask(middle, "ask"));
  CLAIM("libc's, or another one", "%d", ask(top, "pages"));
  void *plugin = dlopen("libplugin.so", mode);
  CLAIM("closed", "%d", dlclose(plugin));
}
END
for mode in 2:1 1:1 10:0; do # RTLD_NOW, RTLD_LAZY; with RTLD_DEEPBIND
    claims_natively_and_exposed ./main "${mode%:*}" <<END
the shared one asks => 3
libc's, or another one => ${mode#*:}
closed => the end of libbar.so
0
END
done
