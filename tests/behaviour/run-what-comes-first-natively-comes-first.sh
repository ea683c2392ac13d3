#!/bin/bash
# Definitions of the program's libraries that come before an exposed library natively take the place
# of its own: functions, variables and thread-local ones, by version; also those of a plugin that
# brings the exposed library, in which C++'s inline variables are one.
. "${0%/*}/lib.sh"

library libexposed.so <<'END'
int v = 1, w = 10;
__thread int t = 5;
int f(void) { return 1; }
int function(void) { return f(); }
int variable(void) { return v; }
int thread_local_one(void) { return t; }
int own(void) { return w; }
END
at=$host library libearlier.so <<'END'
int v = 100;
__thread int t = 500;
int f(void) { return 200; }
END
at=$host library liblater.so <<<'int w = 77;'
cat >main.c <<'END'
#include "claims.h"
int function(void), variable(void), thread_local_one(void), own(void);
int main(void) {
  CLAIM("a function", "%d", function());
  CLAIM("a variable", "%d", variable());
  CLAIM("a thread-local variable", "%d", thread_local_one());
  CLAIM("what comes later counts for nothing", "%d", own());
}
END
program main -Wl,--no-as-needed "$host/libearlier.so" "$libs/libexposed.so" "$host/liblater.so" "-Wl,-rpath,$host" <main.c
claims_natively_and_in libexposed.so -- ./main <<'END'
a function                          => 200
a variable                          => 100
a thread-local variable             => 500
what comes later counts for nothing => 10
END
# libexposed.so is the first.
program first -Wl,--no-as-needed "$libs/libexposed.so" "$host/libearlier.so" "$host/liblater.so" "-Wl,-rpath,$host" <main.c
claims_natively_and_in libexposed.so -- ./first <<'END'
a function                          => 1
a variable                          => 1
a thread-local variable             => 5
what comes later counts for nothing => 10
END

# By version: another version of the name is another symbol.
echo 'P_1 { global: val; pget; local: *; };' >p.map
echo 'A_1 { global: val; other; aget; oget; local: *; };' >a.map
at=$host library libp.so -Wl,--version-script=p.map <<<'int val = 100; int pget(void) { return val; }'
at=$host library libo.so <<<'int other = 40;'
library liba.so -Wl,--version-script=a.map "$host/libp.so" <<'END'
int val = 1, other = 4, pget(void);
int aget(void) { return val + pget(); }
int oget(void) { return other; }
END
cp "$host/libp.so" "$libs/"
program versions -fno-pic -no-pie -Wl,--no-as-needed "$host/libp.so" "$host/libo.so" "$libs/liba.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
extern int val;
int aget(void), oget(void);
int main(void) {
  CLAIM("the program's variable", "%d", val);
  CLAIM("of another version", "%d", aget());
  CLAIM("without a version", "%d", oget());
}
END
claims_natively_and_in liba.so -- ./versions <<'END'
the program's variable => 100
of another version     => 101
without a version      => 40
END

# A plugin.
echo 'inline int &count() { static int n; return n; }' >count.h
language=c++ library libcounts.so -I. <<<'
#include "count.h"
extern "C" int up() { return ++count(); }'
language=c++ at=$host library libplugin.so -I. "$libs/libcounts.so" <<<'
#include "count.h"
extern "C" int up(); extern "C" int twice() { up(); return ++count(); }'
program plugin -ldl <<END
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  int (*twice)(void) = dlsym(dlopen("$host/libplugin.so", RTLD_NOW), "twice");
  CLAIM("a plugin's inline variable", "%d", twice());
}
END
claims_natively_and_in libcounts.so -- ./plugin <<<"a plugin's inline variable => 2"

# A version of the name that comes earlier, in another exposed library, is not what is meant.
echo 'V1 { }; V2 { } V1;' >v.map
library libold.so -Wl,--version-script=v.map <<<'__asm__(".symver old,name@V1"); int old(void) { return 1; }'
at=$host library libplain.so <<<'int name(void) { return 2; }'
library libnew.so -Wl,--version-script=v.map <<'END'
__asm__(".symver new,name@@V2"); int new(void) { return 3; }
int name(void);
int called(void) { return name(); }
END
program among -Wl,--no-as-needed "$libs/libold.so" "$host/libplain.so" "$libs/libnew.so" "-Wl,-rpath,$host" <<'END'
#include "claims.h"
int called(void);
int main(void) { CLAIM("what has no versions", "%d", called()); }
END
claims_natively_and_in libold.so,libnew.so -- ./among <<<'what has no versions => 2'
