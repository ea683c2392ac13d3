#!/bin/bash
# What ld.so relocates is right in a namespace, too: IFUNCs in libraries and in their dependencies, protected symbols,
# packed relative relocations, filters, copies of functions' addresses, libraries that name nobody they need but use
# libc. (glibc's ifuncmain1 to 9, ifuncmod, ifuncdep, tst-protected1a and 1b, tst-relr*, filtmod1,
# tst-nodeps1, tst-nodeps2, tst-dlopen-rpath.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libifunc.so.1 <<'EOF'
#include <cpuid.h>
static int implementation(void) { return 42; }
static int (*resolve(void))(void) { return implementation; }
int chosen(void) __attribute__((ifunc("resolve")));
static int hidden_chosen(void) __attribute__((ifunc("resolve")));
int (*pointer)(void) = chosen;
int by_call(void) { return chosen(); }
int by_hidden(void) { return hidden_chosen(); }
int by_pointer(void) { return pointer() == 42 && pointer == chosen; }
EOF
module libuser.so.1 "$host/libifunc.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int chosen(void);
int (*mine)(void) = chosen;
extern int (*pointer)(void);
int by_other(void) { return mine() + chosen(); }
int same_address(void) { return mine == pointer && mine == chosen; }
EOF
both_do <<'EOF'
open u + libuser.so.1       => ok
call u by_other             => 84
call u same_address         => 1
open i u libifunc.so.1      => ok
call i chosen               => 42
call i by_call              => 42
call i by_hidden            => 42
call i by_pointer           => 1
close u                     => ok
close i                     => ok
open i + libuser.so.1 lazy  => ok
call i by_other             => 84
end                         =>
EOF

# Protected: one's own, whatever is global.
module libprotected.so.1 <<'EOF'
__attribute__((visibility("protected"))) int mine(void) { return 1; }
int common(void) { return 1; }
int by_call(void) { return mine() * 10 + common(); }
EOF
module libfirst.so.1 <<<'int mine(void) { return 2; } int common(void) { return 2; }'
both_do <<'EOF'
open p + libprotected.so.1  => ok
open f p libfirst.so.1      => ok
call p by_call              => 11
call f mine                 => 2
end                         =>
EOF

# Paths: relative to the working directory, with $ORIGIN, by a detour; a bare name that is loaded.
cp "$host/libfirst.so.1" .
both_do <<'EOF'
open f + =./libfirst.so.1                => ok
open g f =./host/../libfirst.so.1        => ok
same f g                                 => yes
open h f =libfirst.so.1                  => ok
same f h                                 => yes
open o + =$ORIGIN/host/libprotected.so.1 => ok
call o by_call                           => 11
open p o libprotected.so.1               => ok
same o p                                 => yes
open e o =/$ORIGIN/absent.so             => error
error                                    => absent.so: cannot open shared object file: No such file or directory
end                                      =>
EOF

# Packed relative relocations.
if echo 'int x;' | gcc -w -x c - -shared -fPIC -Wl,-z,pack-relative-relocs -o probe.so 2>ld.txt && [[ ! -s ld.txt ]] &&
    readelf -dW probe.so | grep -q RELR || readelf -dW probe.so 2>ld.txt | grep -qv RELR && glibc_at_least 2.36; then
    module librelr.so.1 -Wl,-z,pack-relative-relocs <<'EOF'
static int values[200];
int *pointers[200] = {[0] = &values[1], [1] = &values[2], [64] = &values[3], [199] = &values[4]};
int check(void) {
  return pointers[0] == values + 1 && pointers[1] == values + 2 && pointers[64] == values + 3 && pointers[199] == values + 4;
}
EOF
    both_do <<'EOF'
open r + librelr.so.1  => ok
call r check           => 1
end                    =>
EOF
fi

# Filters: another library's definitions in place of one's own; of an auxiliary one if it is there. (ld.so of glibc 2.31
# fails an assertion if these are not the first in a namespace.)
if glibc_at_least 2.34; then
module libfiltee.so.1 <<<'int value(void) { return 2; }'
module libfilter.so.1 -Wl,-F,libfiltee.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
module libauxiliary.so.1 -Wl,-f,libfiltee.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
module libalone.so.1 -Wl,-f,libabsent.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
module libstrict.so.1 -Wl,-F,libabsent.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
both_do <<'EOF'
open a + libalone.so.1      => ok
call a value                => 1
open f a libfilter.so.1     => ok
call f value                => 2
open g a libauxiliary.so.1  => ok
call g value                => 2
open s a libstrict.so.1     => error
end                         =>
EOF
fi

# A library that does not say that it needs libc, and calls it by a relocation, from an IFUNC and in a constructor.
module libnodeps.so.1 -nostdlib -Wl,-z,now <<'EOF'
#include <string.h>
#include <stdio.h>
unsigned long length(const char *text) { return strlen(text); }
int measure(void) { return (int)length("four"); }
void *(*copy)(void *, const void *, unsigned long) = memcpy;
int copies(void) { char text[8] = ""; copy(text, "abc", 4); return text[2] == 'c'; }
EOF
readelf -dW "$host/libnodeps.so.1" | grep -q NEEDED && fail "the fixture needs something"
# Natively libc is always there, in the program's namespace.
dlopen_does <<'EOF'
open n 0 libnodeps.so.1  => ok
call n measure           => 4
call n copies            => 1
end                      =>
EOF
bulkhead_does <<'EOF'
open n + libnodeps.so.1  => ok
call n measure           => 4
call n copies            => 1
end                      =>
EOF
# The difference: plain dlmopen makes a namespace without a libc then, and nothing is found.
plain_does <<'EOF'
open n + libnodeps.so.1  => error
error                    => libnodeps.so.1: undefined symbol: memcpy
end                      =>
EOF

# Search paths: DT_RPATH is also its dependencies', DT_RUNPATH is not; $ORIGIN; a name without a slash.
mkdir "$host/deep" "$host/deeper"
at=$host/deeper module libdeeper.so.1 <<<'int deeper(void) { return 3; }'
at=$host/deep module libdeep.so.1 -Wl,--no-as-needed "$host/deeper/libdeeper.so.1" <<<'int deep(void) { return 2; }'
module librpath.so.1 -Wl,--disable-new-dtags '-Wl,-rpath,$ORIGIN/deep:$ORIGIN/deeper' -Wl,--no-as-needed "$host/deep/libdeep.so.1" <<<''
module librunpath.so.1 -Wl,--enable-new-dtags '-Wl,-rpath,$ORIGIN/deep:$ORIGIN/deeper' -Wl,--no-as-needed "$host/deep/libdeep.so.1" <<<''
both_do <<'EOF'
open r + librpath.so.1         => ok
call r deeper                  => 3
open u + librunpath.so.1       => error
error                          => libdeeper.so.1: cannot open shared object file: No such file or directory
open z + =libdeep.so.1         => error
open z r =libdeep.so.1         => ok
call z deep                    => 2
open s + =libz-that-is-not.so  => error
end                            =>
EOF
LD_LIBRARY_PATH=$host/deep:$host/deeper both_do <<'EOF'
open z + =libdeep.so.1    => ok
call z deeper             => 3
open u + librunpath.so.1  => ok
call u deeper             => 3
end                       =>
EOF

# A bare name is searched as for the caller: by the program's DT_RUNPATH, by that of the library that asks.
mkdir "$host/of-program" "$host/of-library"
at=$host/of-program module libnamed.so.1 <<<'int named(void) { return 1; }'
at=$host/of-library module libnamed.so.1 <<<'int named(void) { return 2; }'
at=$host/of-library module libonly.so.1 <<<'int named(void) { return 3; }'
for plain in "" -plain; do
    cat >ask.c <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include "dlmopen-plain.h"
int ask(long space, const char *name) {
  void *handle = bh_dlmopen(space, name, RTLD_NOW);
  if (!handle) return -1;
  int result = ((int (*)(void))dlsym(handle, "named"))();
  bh_dlclose(handle);
  return result;
}
EOF
    if [[ -z $plain ]]; then libbulkhead=$products/libbulkhead.so.0; else libbulkhead=-DPLAIN; fi
    module "libasker$plain.so.1" -I"$include" -I"$here" "$libbulkhead" -Wl,--enable-new-dtags "-Wl,-rpath,$host/of-library" <ask.c
done
for plain in "" -plain; do
    { cat ask.c; cat <<'EOF'; } >main.c
#include <stdio.h>
int main(int count, char **arguments) {
  int (*asker)(long, const char *) = (int (*)(long, const char *))dlsym(dlopen(arguments[1], RTLD_NOW), "ask");
  static const long spaces[] = {LM_ID_NEWLM, LM_ID_BASE};
  for (int i = 0; i < 2; ++i) {
    printf("%d %d ", ask(spaces[i], "libnamed.so.1"), ask(spaces[i], "libonly.so.1"));
    printf("%d %d\n", asker(spaces[i], "libnamed.so.1"), asker(spaces[i], "libonly.so.1"));
  }
}
EOF
    if [[ -z $plain ]]; then make=caller; define=(); else make=program; define=(-DPLAIN); fi
    "$make" "names$plain" "${define[@]}" -I"$here" -Wl,--enable-new-dtags "-Wl,-rpath,$host/of-program" <main.c
    expect "1 -1 2 3
1 -1 2 3" "./names$plain" "$host/libasker$plain.so.1"
done
