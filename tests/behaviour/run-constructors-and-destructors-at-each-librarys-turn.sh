#!/bin/bash
# With several exposed libraries, between libraries of the base: constructors and destructors run at each library's own
# turn, those of what is private and needed by it with it. So do functions that C++ registers. The order is the native one.
. "${0%/*}/lib.sh"

part() { # NAME: source of a library that tells when it starts and ends
    cat <<END
#include <stdio.h>
static void start(int argc, char **argv, char **envp) {
  printf("+$1%s ", argc > 0 && argv[0] && envp[0] ? "" : "?");
}
__attribute__((section(".init_array"), used)) static void (*first)(int, char **, char **) = start;
__attribute__((destructor)) static void end(void) { printf("-$1 "); }
int $1(void) { return 1; }
END
}
bases() { at=$host library "$@"; }
needs() { # NAME OTHER…: one that needs others
    part "$1" | library "lib$1.so" -Wl,--no-as-needed "${@:2}"
}
same() { # LIBRARIES COMMAND…
    native=$(LD_LIBRARY_PATH=$libs:$host "${@:2}")
    # shellcheck disable=SC2086 # several options
    came=$(LD_LIBRARY_PATH=$libs:$host run $1 -- "${@:2}") || fail "exit $? of ${*:2} with $1"
    [[ $came == "$native" ]] || fail "${*:2} with $1 printed $came, natively $native"
}

# Neighbours that do not need each other.
for name in a b c d; do part $name | library lib$name.so; done
for name in x y; do part $name | bases lib$name.so; done
program neighbours -Wl,--no-as-needed "$libs/liba.so" "$host/libx.so" "$libs/libb.so" "$host/liby.so" "$libs/libc.so" <<<'int main(void) { return 0; }'
for exposed in liba.so,libc.so liba.so,libb.so libb.so,libc.so liba.so,libb.so,libc.so; do
    same $exposed ./neighbours
done

# With private ones below: of each, of both, and shared.
needs own "$libs/libd.so"
needs both
needs left "$libs/libown.so" "$libs/libboth.so"
needs right "$libs/libboth.so"
program below -Wl,--no-as-needed "$libs/libleft.so" "$host/liby.so" "$libs/libright.so" <<<'int main(void) { return 0; }'
same libleft.so,libright.so ./below

# In a circle, with one of the base between them.
part two | library libtwo.so
needs one "$libs/libtwo.so" "$host/libx.so"
needs two "$libs/libone.so"
program circle -Wl,--no-as-needed "$libs/libone.so" "$host/liby.so" <<<'int main(void) { return 0; }'
same "libone.so,libtwo.so --share libx.so" ./circle

# Old-style functions beside no array.
compile "$libs/libinit.so" -shared -fPIC -nostartfiles -Wl,-soname,libinit.so,-init=start,-fini=end <<'END'
#include <stdio.h>
void start(void) { printf("+init "); }
void end(void) { printf("-init "); }
END
program init -Wl,--no-as-needed "$libs/libinit.so" "$host/libx.so" "$libs/liba.so" <<<'int main(void) { return 0; }'
same libinit.so,liba.so ./init

# What a constructor opens is initialised with what it needs, also if that one's turn has not come.
needs plugin "$libs/liba.so"
library libopens.so <<'END'
#include <dlfcn.h>
#include <stdio.h>
__attribute__((constructor)) static void start(void) { printf("+opens[ "); dlopen("libplugin.so", RTLD_NOW); printf("] "); }
__attribute__((destructor)) static void end(void) { printf("-opens "); }
END
program opens -Wl,--no-as-needed "$libs/liba.so" "$host/libx.so" "$libs/libopens.so" <<<'int main(void) { return 0; }'
same liba.so,libopens.so ./opens

# exit by a constructor: what has not begun has no end.
library libexits.so <<'END'
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void start(void) { printf("+exits "); exit(0); }
END
program exits -Wl,--no-as-needed "$libs/liba.so" "$libs/libexits.so" "$libs/libb.so" <<<'int main(void) { return 0; }'
same liba.so,libexits.so,libb.so ./exits
same liba.so,libb.so ./exits

# By dlopen, several at once.
program late <<'END'
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) printf("%s ", dlopen(arguments[i], RTLD_NOW) ? arguments[i] : dlerror());
  return 0;
}
END
part above | bases libabove.so -Wl,--no-as-needed "$libs/libleft.so" "$host/liby.so" "$libs/libright.so"
same libleft.so,libright.so ./late libabove.so liba.so

# What a constructor gives to atexit while the program starts ends with its library.
registers() { # NAME
    cat <<END
#include <stdio.h>
#include <stdlib.h>
static void leave(void) { printf("~$1 "); }
__attribute__((constructor)) static void start(void) { atexit(leave); }
END
}
registers r | library libr.so
program registered -Wl,--no-as-needed "$host/libx.so" "$libs/libr.so" "$host/liby.so" <<<'int main(void) { return 0; }'
same libr.so ./registered

# Destructors may still use a shared library, which ends when nobody needs it any more.
at=$host library libs.so <<'END'
#include <stdio.h>
static int ended;
int is_there(void) { return !ended; }
__attribute__((destructor)) static void end(void) { ended = 1; printf("-s "); }
END
cp "$host/libs.so" "$libs"
library libuses.so -Wl,--no-as-needed "$libs/libs.so" <<'END'
#include <stdio.h>
int is_there(void);
__attribute__((destructor)) static void end(void) { printf("-uses%s ", is_there() ? "" : "?"); }
END
needs front "$libs/libuses.so"
program users -Wl,--no-as-needed "$libs/libfront.so" "$host/libx.so" "$libs/liba.so" <<<'int main(void) { return 0; }'
came=$(LD_LIBRARY_PATH=$libs:$host run libfront.so,liba.so --share libs.so -- ./users)
[[ $came == *"-uses -s "* || $came == *"-uses "*"-s "* ]] || fail "a library ended before its user: $came"
