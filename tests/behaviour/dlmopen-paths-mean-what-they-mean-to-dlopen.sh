#!/bin/bash
# Names of files in a namespace: relative to the working directory, with $ORIGIN, by a detour; a bare name is what is
# loaded, or is searched for as DT_RPATH, DT_RUNPATH and LD_LIBRARY_PATH say. (glibc's tst-dlopen-rpath.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libprotected.so.1 <<'EOF'
__attribute__((visibility("protected"))) int mine(void) { return 1; }
int common(void) { return 1; }
int by_call(void) { return mine() * 10 + common(); }
EOF
module libfirst.so.1 <<<'int mine(void) { return 2; } int common(void) { return 2; }'
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
