#!/bin/bash
# Constructors, destructors and IFUNC resolvers in a namespace run in ld.so's order, once, whatever they open or
# close meanwhile, whether libraries need each other in a circle or not. (glibc's constload1 to constload3,
# tst-rec-dlopen, circleload1, tst-initorder, tst-initorder2, order, order2, tst-dlopen-constructor-null.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

part() { # NAME OPTION…
    module "lib$1.so.1" "-DNAME=\"$1\"" -DME="me_$1" '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "${@:2}" <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
#ifdef OPENS
static void *other;
#endif
__attribute__((constructor)) static void begin(void) {
#ifdef OPENS
  dprintf(1, NAME "( ");
  other = dlopen(OPENS, RTLD_NOW);
  dprintf(1, "%s", other ? ")" : "error) ");
#else
  dprintf(1, NAME);
#endif
  dprintf(1, "+ ");
}
__attribute__((destructor)) static void end(void) {
  dprintf(1, NAME "- ");
#if defined OPENS && !defined KEEPS
  dlclose(other);
#endif
}
int ME(void) { return 1; }
EOF
}

# a needs b and c; b needs d; c needs d and b.
part d
part b "$host/libd.so.1"
part c "$host/libd.so.1" "$host/libb.so.1"
part a "$host/libb.so.1" "$host/libc.so.1"
both_do <<'EOF'
open a + liba.so.1  => d+ b+ c+ a+ ok
close a             => a- c- b- d- ok
open c + libc.so.1  => d+ b+ c+ ok
open a c liba.so.1  => a+ ok
end                 => a- c- b- d-
EOF

# In a circle: linked in two steps. Each is there once, and begins and ends once.
part y
part x "$host/liby.so.1"
part y "$host/libx.so.1"
circle() { # BEGIN: who begins when x is opened, and when y is
    cat <<EOF
open x + libx.so.1  => $1 ok
open y x liby.so.1  => ok
close x             => ok
close y             => y- x- ok
open y + liby.so.1  => $2 ok
end                 => x- y-
EOF
}
# The difference: which one begins, which the specification leaves open. (Before glibc 2.35 it is another order again.)
if glibc_at_least 2.35; then
    circle "y+ x+" "x+ y+" | plain_does
    circle "x+ y+" "y+ x+" | bulkhead_does
fi

# Constructors that open others: one that is new, one that opens a third, one that is being opened.
part third
part second '-DOPENS="libthird.so.1"'
part first '-DOPENS="libsecond.so.1"'
part circle '-DOPENS="libneedscircle.so.1"' -DKEEPS
part needscircle "$host/libcircle.so.1"
both_do <<'EOF'
open f + libfirst.so.1   => first( second( third+ )+ )+ ok
loaded f libthird.so.1   => yes
close f                  => first- second- third- ok
loaded f libthird.so.1   => no
open f + libcircle.so.1  => circle( needscircle+ )+ ok
end                      => needscircle- circle-
EOF

# A constructor that asks about the namespace while it is being opened.
module libasks.so.1 '-Wl,-rpath,$ORIGIN' <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
static int answers;
static void *of_itself;
int marker(void) { return 1; }
__attribute__((constructor)) static void begin(void) {
  Dl_info info;
  struct link_map *map = 0;
  Lmid_t space = -9;
  answers = dladdr1((void *)marker, &info, (void **)&map, RTLD_DL_LINKMAP) != 0;
  if (map && dlinfo(map, RTLD_DI_LMID, &space) == 0 && space > 0) answers |= 2;
  if (dlsym(RTLD_DEFAULT, "marker") == (void *)marker) answers |= 4;
  of_itself = dlopen(0, RTLD_NOW);
  if (of_itself) answers |= 8;
  void *self = dlopen("libasks.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (self == map) answers |= 16;
  if (self) dlclose(self);
  answers |= 32;
}
int answer(void) { return answers; }
EOF
module libafter.so.1 -Wl,--no-as-needed "$host/libasks.so.1" '-Wl,-rpath,$ORIGIN' <<'EOF'
int answer(void);
static int answer_then;
__attribute__((constructor)) static void begin(void) { answer_then = answer(); }
int answered_before(void) { return answer_then; }
EOF
both_do <<'EOF'
open a + libasks.so.1  => ok
call a answer          => 63
close a                => ok
open b + libafter.so.1 => ok
call b answered_before => 63
end                    =>
EOF

# DT_INIT and DT_FINI beside arrays; none of them; one that is a null pointer's absence.
module liboldstyle.so.1 -Wl,-init=old_begin -Wl,-fini=old_end <<'EOF'
#include <stdio.h>
void old_begin(void) { dprintf(1, "old+ "); }
void old_end(void) { dprintf(1, "old- "); }
__attribute__((constructor)) static void begin(int count, char **arguments, char **environment) {
  dprintf(1, "new+%s ", count > 0 && arguments && arguments[0] && environment ? "" : "without arguments");
}
__attribute__((destructor)) static void end(void) { dprintf(1, "new- "); }
EOF
module libbare.so.1 -nostartfiles <<<'int value(void) { return 4; }'
both_do <<'EOF'
open o + liboldstyle.so.1  => old+ new+ ok
open b o libbare.so.1      => ok
call b value               => 4
close b                    => ok
close o                    => new- old- ok
open o + liboldstyle.so.1  => old+ new+ ok
end                        => new- old-
EOF
