#!/usr/bin/env bash
# What is no tool, lacks something, or is for programs that cannot be preloaded: said, with status
# 125, and nothing is started.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<<'int getppid(void) { return 1; }'
program program <<<'#include <fcntl.h>
int main(void) { return open("started", O_CREAT, 0600) < 0; }'
refused() { # TOOL PATTERN…
    refuses "${@:2}" -- preload "$1" -- ./program
    [[ ! -e started ]] || fail "the program was started"
}
refused "$host/libtol.so" "$host/libtol.so" "[Nn]o such"
refused libtol-x.so "libtol-x.so" "looked for in"
cp "$host/libtool.so" libhere.so
refused libhere.so "looked for in" "the current directory has one, which is $PWD/libhere.so"
refused "$host" "$host" "directory"
echo text >text
refused ./text "text" "not an ELF file" "shared object"
refused ./program "program" "is a program"
cp "$host/libtool.so" other.so
printf '\xb7' | dd of=other.so bs=1 seek=18 conv=notrunc status=none
refused ./other.so "other.so" "another machine"
cp "$host/libtool.so" small.so
printf '\x01' | dd of=small.so bs=1 seek=4 conv=notrunc status=none
refused ./small.so "small.so" "another ELF class"
ar rcs libtool.a "$host/libtool.so"
refused ./libtool.a "libtool.a" "static library" "name the shared object"
gcc -c -x c - -o tool.o <<<'int getppid(void) { return 1; }'
refused ./tool.o "tool.o" "object file" "gcc -shared"
cp "$host/libtool.so" core
printf '\x04' | dd of=core bs=1 seek=16 conv=notrunc status=none
refused ./core "core: is a core file"
program fixed -no-pie <<<'int main(void) { return 0; }'
refused ./fixed "fixed" "is a program"
: >empty
refused ./empty "empty" "not an ELF file"
head -c 700 "$host/libtool.so" >short.so
refused ./short.so "short.so" "truncated"
refused "" "name is empty"
mkfifo fifo
refused ./fifo "fifo" "not a regular file"
refused libc.so.6 "libc.so.6" "glibc"
tool libgone.so <<<'int gone(void) { return 1; }'
tool libneeds.so "$host/libgone.so" -Wl,-rpath,"$host" <<<'int gone(void); int getppid(void) { return gone(); }'
rm "$host/libgone.so"
refused "$host/libneeds.so" "libgone.so" "needed by"
refuses "tree" "libtool.so" -- preload --tree "$tree" "$host/libtool.so" -- ./program

compile static -static <<<'int main(void) { return 0; }' 2>/dev/null || skip "there is no static libc"
refuses "static" "statically linked" -- preload "$host/libtool.so" -- ./static
refuses "no program" -- preload "$host/libtool.so"
refuses "TOOL" -- preload -- ./program
status=0
preload "$host/libtool.so" -- ./absent 2>/dev/null || status=$?
[[ $status == 127 ]] || fail "$status instead of 127"
