#!/bin/bash
# STB_GNU_UNIQUE symbols: one for all libraries of a namespace, another one in each namespace, kept when their
# library is closed. (glibc's tst-unique1 to tst-unique4, tst-nodelete-uniquesyms.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

has_unique() { # NAME OPTION…: C++'s inline variables in functions
    language=c++ module "lib$1.so.1" "-DNAME=$1" "${@:2}" <<'EOF'
template <class T> struct Holder { static int count; };
template <class T> int Holder<T>::count = 0;
extern "C" int bump() { return ++Holder<int>::count; }
EOF
}
has_unique one
has_unique two
readelf -sW "$host/libone.so.1" | grep UNIQUE >/dev/null || skip "this compiler makes no unique symbols"

both_do <<'EOF'
open a + libone.so.1  => ok
open b a libtwo.so.1  => ok
call a bump           => 1
call b bump           => 2
open c + libone.so.1  => ok
call c bump           => 1
open d 0 libtwo.so.1  => ok
call d bump           => 1
close a               => ok
loaded b libone.so.1  => yes
call b bump           => 3
close b               => ok
open b c libtwo.so.1  => ok
call b bump           => 2
end                   =>
EOF

# So their namespace is not empty again: the next new one is another.
both_do <<'EOF'
open a + libone.so.1  => ok
space a               => 1
call a bump           => 1
close a               => ok
open b + libone.so.1  => ok
space b               => 2
call b bump           => 1
end                   =>
EOF
