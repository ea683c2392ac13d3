#!/bin/bash
# --permit: what lies at or below a path may be opened besides, judged by the file and not by the text; what such a file
# needs comes from the tree, or from its own search path as far as that is permitted, and never from elsewhere.
# shellcheck source=tests/behaviour/lib.sh disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

mkdir -p "$libs" app/plugins/lib app/other elsewhere
for where in "$libs" "$host" "$scratch/elsewhere"; do
    at=$where library libneeded.so.1 "-DFROM=\"${where##*/}\"" <<<'const char *needed(void) { return FROM; }'
done
for where in app/plugins/lib app/other; do
    at=$scratch/$where library libbeside.so.1 "-DFROM=\"${where##*/}\"" <<<'const char *beside(void) { return FROM; }'
done
at=$host library libonlyhost.so.1 <<<'const char *only(void) { return "host"; }'
at=$scratch/app/plugins
library plain.so "$libs/libneeded.so.1" <<<'const char *needed(void); const char *plugin(void) { return needed(); }'
library withown.so '-Wl,--enable-new-dtags,-rpath,$ORIGIN/lib' app/plugins/lib/libbeside.so.1 \
    <<<'const char *beside(void); const char *plugin(void) { return beside(); }'
library withrpath.so '-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib' app/plugins/lib/libbeside.so.1 \
    <<<'const char *beside(void); const char *plugin(void) { return beside(); }'
library leadsout.so "-Wl,-rpath,$scratch/app/other" app/other/libbeside.so.1 \
    <<<'const char *beside(void); const char *plugin(void) { return beside(); }'
library needshost.so "$host/libonlyhost.so.1" <<<'const char *only(void); const char *plugin(void) { return only(); }'
library opens.so '-Wl,-rpath,$ORIGIN/lib' -ldl <<'EOF'
#include <dlfcn.h>
const char *plugin(void) {
  void *handle = dlopen("libbeside.so.1", RTLD_NOW);
  const char *(*beside)(void) = handle ? dlsym(handle, "beside") : 0;
  return beside ? beside() : dlerror();
}
EOF
at=$scratch/elsewhere library foreign.so <<<'const char *plugin(void) { return "elsewhere"; }'
ln -s ../../elsewhere/foreign.so app/plugins/out.so
ln -s app/plugins named
ln -s plain.so app/plugins/link.so
at=$libs
library libopener.so.1 -ldl <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
void open_it(const char *name) {
  void *handle = dlopen(name, RTLD_NOW);
  const char *(*plugin)(void) = handle ? dlsym(handle, "plugin") : NULL;
  printf("%s", plugin ? plugin() : dlerror());
}
EOF
program main "$libs/libopener.so.1" <<<'void open_it(const char *); int main(int n, char **a) { open_it(a[1]); }'
export LD_LIBRARY_PATH=$host
permitting() { # PATH… -- NAME
    local options=()
    while [[ $1 != -- ]]; do options+=(--permit "$1"); shift; done
    run libopener.so.1 --strict "${options[@]}" -- ./main "$2"
}
denied() { # PATTERN PATH… -- NAME
    local said pattern=$1
    said=$(permitting "${@:2}") || fail "exit $? of ${*:2}"
    [[ $said == *strict*$pattern* || $said == *$pattern*strict* ]] || fail "with ${*:2}, dlopen said: $said"
}
plugins=$scratch/app/plugins

# A directory, whatever name it or the file is reached by; a single file; a path that is relative; several.
for permitted in "$plugins" app "$scratch/named" "$scratch/app/../app/plugins/" "$plugins/plain.so"; do
    for name in "$plugins/plain.so" app/plugins/plain.so named/plain.so "$scratch/elsewhere/../app/plugins/link.so"; do
        expect lib permitting "$permitted" -- "$name"
    done
done
expect lib permitting elsewhere app -- "$plugins/plain.so"
expect elsewhere permitting elsewhere app -- "$plugins/out.so"
# What it needs: from its own search path, which is this system's and not the tree's, also for what it opens by name.
mkdir -p "$tree$plugins/lib"
at=$tree$plugins/lib library libbeside.so.1 <<<'const char *beside(void) { return "tree"; }'
for name in withown withrpath opens; do expect lib permitting app -- "$plugins/$name.so"; done
expect other permitting app -- "$plugins/leadsout.so"

# Beside it, out of it by a link, out of it by a search path; and what this system alone has.
denied "not permitted" "$plugins" -- "$scratch/elsewhere/foreign.so"
denied "not permitted" "$plugins" -- "$plugins/out.so"
denied "not permitted" "$plugins/plain.so" -- "$plugins/withown.so"
denied "libbeside.so.1" "$plugins" -- "$plugins/leadsout.so"
denied "libonlyhost.so.1" "$plugins" -- "$plugins/needshost.so"
expect host run libopener.so.1 --strict --permit app --share libonlyhost.so.1 -- ./main "$plugins/needshost.so"
expect host run libopener.so.1 -- ./main "$plugins/needshost.so"
# A name that only begins as a permitted one does.
cp -r app/plugins app/plugins-more
denied "not permitted" "$plugins" -- "$scratch/app/plugins-more/plain.so"

# Nothing there: a warning; and it holds once there is something.
permitting "$scratch/later" -- "$scratch/later/foreign.so" >said 2>&1
grep -q "warning: .*/later: is not there" said || fail "no warning in: $(<said)"
cp -r elsewhere later
expect elsewhere permitting "$scratch/later" -- "$scratch/later/foreign.so"

# A search path of the tree's own libraries that leads out of it: what is needed comes from there if it is permitted.
library libupper.so.1 "-Wl,-rpath,$scratch/app/other" app/other/libbeside.so.1 \
    <<<'const char *beside(void); const char *upper(void) { return beside(); }'
program uppermain "$libs/libupper.so.1" <<<'#include <stdio.h>
const char *upper(void); int main() { puts(upper()); }'
refuses "libbeside.so.1 is needed by .*libupper.so.1 and is not in the tree" "not permitted; .*--permit" \
    -- run libupper.so.1 --strict -- ./uppermain
expect other run libupper.so.1 --strict --permit "$scratch/app/other" -- ./uppermain

# Mounts: a directory of the tree that is a bind mount is of the tree by that name; a permitted one is the same by either.
unshare -rm true 2>said || { echo "no mounts here: $(<said)"; exit 0; }
mkdir -p "$tree/opt/mounted" "$scratch/view"
unshare -rm bash -c "mount --bind '$scratch/elsewhere' '$tree/opt/mounted' && mount --bind '$plugins' '$scratch/view' &&
    run() { '$bulkhead' run --tree '$tree' --expose libopener.so.1 --no-cache --strict \"\$@\"; echo; } &&
    run -- ./main /opt/mounted/foreign.so && run -- ./main '$tree/opt/mounted/foreign.so' && run -- ./main '$scratch/elsewhere/foreign.so' &&
    run --permit '$plugins' -- ./main '$scratch/view/plain.so' && run --permit '$scratch/view' -- ./main '$plugins/plain.so' &&
    run --permit '$plugins/lib' -- ./main '$scratch/view/plain.so'" >said || fail "exit $?; it said: $(<said)"
mapfile -t lines <said
[[ ${lines[*]:0:2} == "elsewhere elsewhere" ]] || fail "of what is mounted into the tree: $(<said)"
[[ ${lines[2]} == *"not permitted"* ]] || fail "of what is mounted into the tree, by its other name: ${lines[2]}"
[[ ${lines[*]:3:2} == "lib lib" && ${lines[5]} == *"not permitted"* ]] || fail "of a permitted directory that is mounted: $(<said)"
