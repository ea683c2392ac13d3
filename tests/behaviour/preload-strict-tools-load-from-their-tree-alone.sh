#!/bin/bash
# bulkhead preload --strict, with a libc of the tool's own and without: what the tool opens by path comes from its tree or
# is refused; what it would get from the program without being listed is refused, too.
# shellcheck source=tests/behaviour/preload.bash
. "${0%/*}/preload.bash"

mkdir -p "$libs" aside
tool libaside.so <<<'int aside(void) { return 3; }'
mv "$host/libaside.so" aside
library libinside.so <<<'int aside(void) { return 4; }'
at=$libs library libtool.so -ldl <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory-file.h"
int getppid(void) {
  const char *file = getenv("FILE_TO_OPEN");
  void *handle = dlopen(*file == '=' ? memory_file(file + 1) : file, RTLD_NOW);
  int (*aside)(void) = handle ? dlsym(handle, "aside") : 0;
  if (!aside) fprintf(stderr, "%s\n", dlerror());
  return aside ? aside() : -1;
}
EOF
program main <<<'#include <stdio.h>
#include <unistd.h>
int main(void) { printf("%d", getppid()); }'
# The build of glibc that the program has, for an isolated tool.
libc=$(ldd ./main | sed -n 's/.*libc\.so\.6 => \(\S*\).*/\1/p')
cp "$libc" "$libs"
refused_inside() { # FILE COMMAND…
    FILE_TO_OPEN=$1 expect -1 "${@:2}"
    grep -q "${1#=}.*strict\|/proc/self/fd.*strict" stderr || fail "with $1 it said: $(<stderr)"
}
for isolated in "" --isolated; do
    # shellcheck disable=SC2206 # an option or none
    words=(preload $isolated --tree "$tree")
    FILE_TO_OPEN=$scratch/aside/libaside.so expect 3 "${words[@]}" libtool.so -- ./main
    refused_inside "$scratch/aside/libaside.so" "${words[@]}" --strict libtool.so -- ./main
    FILE_TO_OPEN=$scratch/aside/libaside.so expect 3 "${words[@]}" --strict --permit aside libtool.so -- ./main
    FILE_TO_OPEN=libinside.so expect 4 "${words[@]}" --strict libtool.so -- ./main
    FILE_TO_OPEN=$libs/libinside.so expect 4 "${words[@]}" --strict libtool.so -- ./main
    # The whole system is the tree: what has a name is in it.
    words=(preload $isolated)
    FILE_TO_OPEN=$scratch/aside/libaside.so expect 3 "${words[@]}" --strict "$libs/libtool.so" -- ./main
    FILE_TO_OPEN==$scratch/aside/libaside.so expect 3 "${words[@]}" "$libs/libtool.so" -- ./main
    refused_inside "=$scratch/aside/libaside.so" "${words[@]}" --strict "$libs/libtool.so" -- ./main
done
refuses "counts in a strict capsule only" -- preload --permit aside "$libs/libtool.so" -- ./main

# A library that the tool replaces functions of, and opens: the program's copy, if it is listed.
tool libwidget.so.1 <<<'static int count; int widget_add(int n) { return count += n; } int widget_get(void) { return count; }'
tool libopens.so -ldl <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
int widget_add(int n) {
    void *widget = dlopen("libwidget.so.1", RTLD_LAZY);
    if (!widget) return fprintf(stderr, "%s\n", dlerror()), -1;
    ((int (*)(int))dlsym(widget, "widget_add"))(n * 3);
    return ((int (*)(void))dlsym(widget, "widget_get"))();
}
EOF
program adds "$host/libwidget.so.1" -Wl,-rpath,"$host" <<<'int printf(const char *, ...), widget_add(int); int main(void) { printf("%d\n", widget_add(5)); }'
expect 15 preload "$host/libopens.so" -- ./adds
expect -1 preload --strict "$host/libopens.so" -- ./adds
grep -q "libwidget.so.1.*strict.*--share libwidget.so.1" stderr || fail "of what it wraps, it said: $(<stderr)"
expect 15 preload --strict --share libwidget.so.1 "$host/libopens.so" -- ./adds
