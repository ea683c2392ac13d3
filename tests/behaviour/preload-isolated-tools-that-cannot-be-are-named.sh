#!/usr/bin/env bash
# What cannot be isolated is said before the program is started, with status 125: an allocator, mapped
# paths, a tree with another build of glibc or none. In the process it is said, too.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<<'int getppid(void) { return 1; }'
program program <<<'#include <fcntl.h>
int main(void) { return open("started", O_CREAT, 0600) < 0; }'
refused() { # OPTION… TOOL -- PATTERN…
    local command=()
    while [[ $1 != -- ]]; do command+=("$1"); shift; done
    refuses "${@:2}" -- preload --isolated "${command[@]}" -- ./program
    [[ ! -e started ]] || fail "the program was started"
}
tool liballocator.so <<'END'
#include <stddef.h>
void *malloc(size_t size) { return NULL; }
void *realloc(void *memory, size_t size) { return NULL; }
void free(void *memory) {}
END
refused "$host/liballocator.so" -- "liballocator.so: replaces malloc" "asks? it for memory" "leave out --isolated"
refused --map /etc "$host/libtool.so" -- "--map /etc" "cannot be mapped"

at=$libs library libtool.so <<<'int getppid(void) { return 1; }'
refused --tree "$tree" libtool.so -- "libc.so.6: is not in the tree $tree" "--isolated"

# Another build of this glibc: the same file, but for its build ID.
libc=$(gcc -print-file-name=libc.so.6)
objcopy --remove-section .note.gnu.build-id "$libc" "$libs/libc.so.6" 2>/dev/null || skip "there is no objcopy"
cp "$(gcc -print-file-name=ld-linux-x86-64.so.2)" "$libs"
refused --tree "$tree" libtool.so -- "$tree/.*libc.so.6: is of glibc 2\.[0-9]+" "another build than the program's" "without --tree"
# A copy of this one will do; until it is another, which the cache notices.
cp "$libc" "$libs/libc.so.6"
expect "" preload --isolated --tree "$tree" libtool.so -- ./program
[[ -e started ]] || fail "the program was not started"
rm started "$libs/libc.so.6"
refused --tree "$tree" libtool.so -- "libc.so.6: is not in the tree"
