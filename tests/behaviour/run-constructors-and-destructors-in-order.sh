#!/bin/bash
# Inside a capsule constructors and destructors run once each, in the order of dependencies, and
# handlers of atexit run last in, first out with the program's.
. "${0%/*}/lib.sh"

part() { # NAME: source of a library that tells when it starts and ends
    cat <<END
#include <stdio.h>
#include <stdlib.h>
static void handler(void) { printf("atexit-$1 "); }
__attribute__((constructor)) static void start(void) { printf("+$1 "); atexit(handler); }
__attribute__((destructor)) static void end(void) { printf("-$1 "); }
int $1(void) { return 1; }
END
}
part base | library libbase.so
part left | library libleft.so -Wl,--no-as-needed "$libs/libbase.so"
part right | library libright.so -Wl,--no-as-needed "$libs/libleft.so" "$libs/libbase.so"
part top | library libtop.so.1 -Wl,--no-as-needed "$libs/libright.so" "$libs/libleft.so"
program main "$libs/libtop.so.1" <<END
#include <stdio.h>
#include <stdlib.h>
int top(void);
static void handler(void) { printf("atexit-main "); }
int main(void) { atexit(handler); printf("main%d ", top()); }
END
starts="+base +left +right +top"
native=$(LD_LIBRARY_PATH=$libs ./main)
[[ $native == "$starts main1 atexit-main -top "* ]] || fail "the fixture is wrong: $native"
expect "$native" run libtop.so.1 -- ./main

# The same by dlopen in a running program.
program late -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  printf("before ");
  void *handle = dlopen("libtop.so.1", RTLD_NOW);
  int (*top)(void) = dlsym(handle, "top");
  printf("top%d after ", top());
}
END
native=$(LD_LIBRARY_PATH=$libs ./late)
expect "$native" run libtop.so.1 -- ./late
