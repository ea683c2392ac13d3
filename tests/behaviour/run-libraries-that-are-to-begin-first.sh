#!/bin/bash
# Libraries linked with -z initfirst begin before all others, once, as natively: exposed ones, private ones, and
# those of the program, which may open exposed ones before libc has begun, or bring them.
. "${0%/*}/lib.sh"

says() { echo "#include <unistd.h>
__attribute__((constructor)) static void begin(void) { write(1, \"$1 \", ${#1} + 1); }"; }

# Exposed, and its constructor opens another one.
says second | library libsecond.so
library libfirst.so -Wl,-z,initfirst -ldl <<END
#include <dlfcn.h>
$(says first)
__attribute__((constructor)) static void open(void) { write(1, dlopen("libsecond.so", RTLD_NOW) ? "+ " : "- ", 2); }
END
says own | at=$host library libown.so
cat >main.c <<'END'
#include <stdio.h>
#include <stdlib.h>
int main(void) { puts(getenv("HOME") ? "main" : "main without environment"); }
END
program linked -Wl,--no-as-needed "$host/libown.so" "-Wl,-rpath,$host" "$libs/libsecond.so" "$libs/libfirst.so" <main.c
# (Natively libc has no environment then: ld.so initialises it for what the constructor opens.)
natively=$(LD_LIBRARY_PATH=$libs ./linked)
expect "${natively% main*} main" run libfirst.so,libsecond.so -- ./linked

# Private: natively before the library that needs it, and all others.
says private | library libprivate.so -Wl,-z,initfirst
says lower | library liblower.so
says upper | library libupper.so -Wl,--no-as-needed "$libs/libprivate.so" "$libs/liblower.so"
program needs -Wl,--no-as-needed "$libs/libupper.so" <main.c
natively=$(LD_LIBRARY_PATH=$libs ./needs)
[[ $natively == private\ * ]] || fail "the fixture is wrong: $natively"
expect "$natively" run libupper.so,liblower.so -- ./needs

# The program's own opens one before libc has begun.
compile "$libs/libbare.so" -shared -fPIC -nostdlib -Wl,-soname,libbare.so <<<'int bare(void) { return 1; }'
at=$host library libopens.so -Wl,-z,initfirst -ldl <<END
#include <dlfcn.h>
#include <unistd.h>
__attribute__((constructor)) static void open(void) { write(1, dlopen("libbare.so", RTLD_NOW) ? "+ " : "- ", 2); }
END
program opens -Wl,--no-as-needed "$host/libopens.so" "-Wl,-rpath,$host" "$libs/libbare.so" <main.c
expect '+ main' env "LD_LIBRARY_PATH=$libs" ./opens
expect '+ main' run libbare.so -- ./opens

# A plugin of the program's brings one.
says plugin | at=$host library libplugin.so -Wl,-z,initfirst -Wl,--no-as-needed "$libs/libsecond.so" "$host/libown.so"
program loads -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int main(void) { puts(dlopen("$host/libplugin.so", RTLD_NOW) ? "opened" : dlerror()); }
END
export LD_LIBRARY_PATH=$host
natively=$(LD_LIBRARY_PATH=$host:$libs ./loads)
[[ $natively == plugin\ *opened ]] || fail "the fixture is wrong: $natively"
expect "$natively" run libsecond.so -- ./loads

# A plugin brings two exposed ones, of which the second is to begin first; and one that cannot be had fails.
says early | library libearly.so -Wl,-z,initfirst
at=$host library libboth.so -Wl,--no-as-needed "$libs/libsecond.so" "$libs/libearly.so" <<<''
library liblacks.so -Wl,-z,initfirst <<<'int nowhere(void); int lacks(void) { return nowhere(); }'
program opens-both -ldl <<END
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
  printf("%s\n", dlopen("liblacks.so", RTLD_NOW) ? "there" : "fails"), fflush(stdout);
  puts(dlopen("$host/libboth.so", RTLD_NOW) ? "opened" : dlerror());
}
END
natively=$(LD_LIBRARY_PATH=$host:$libs ./opens-both)
[[ $natively == fails*early\ second\ opened ]] || fail "the fixture is wrong: $natively"
expect "$natively" run libsecond.so,libearly.so,liblacks.so -- ./opens-both
