#!/bin/bash
# A strict capsule: what its libraries dlopen by path, by name, by links, by another namespace or as a memory file comes
# from the tree, or the dlopen fails and dlerror says so; nothing of this system is loaded. Without --strict it is.
# shellcheck source=tests/behaviour/lib.sh disable=SC2016 # $ORIGIN is for the dynamic linker
. "${0%/*}/lib.sh"

mkdir -p "$libs/plugins" "$scratch/alias"
for where in "$libs" "$host"; do
    at=$where library libneeded.so.1 "-DFROM=\"${where##*/}\"" <<<'const char *needed(void) { return FROM; }'
done
at=$libs/plugins library ofthetree.so "$libs/libneeded.so.1" <<<'const char *needed(void); const char *plugin(void) { return needed(); }'
at=$host library onlyhost.so <<<'const char *plugin(void) { return "host"; }'
# Links: out of the tree, into it from outside, of the whole tree.
ln -s "$host/onlyhost.so" "$libs/plugins/out.so"
ln -s "$host" "$libs/plugins/out"
ln -s "$tree" alias/tree
ln -s "$libs/plugins/ofthetree.so" alias/in.so
library libopener.so.1 -Wl,-rpath,'$ORIGIN/plugins' -ldl <<'EOF'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory-file.h"
void open_it(const char *how, const char *name) {
  void *handle;
  if (strcmp(how, "new") == 0) handle = dlmopen(LM_ID_NEWLM, name, RTLD_NOW);
  else if (strcmp(how, "base") == 0) handle = dlmopen(LM_ID_BASE, name, RTLD_NOW);
  else if (strcmp(how, "memory") == 0) handle = dlopen(memory_file(name), RTLD_NOW);
  else handle = dlopen(name, strcmp(how, "global") == 0 ? RTLD_NOW | RTLD_GLOBAL : RTLD_NOW);
  const char *(*plugin)(void) = handle ? dlsym(handle, "plugin") : NULL;
  printf("%s", plugin ? plugin() : dlerror());
}
EOF
program main "$libs/libopener.so.1" <<<'void open_it(const char *, const char *); int main(int n, char **a) { open_it(a[1], a[2]); }'
export LD_LIBRARY_PATH=$host

# Refused: the message names the file, says that the capsule is strict, and what to do.
denied() { # PATTERN HOW NAME
    local said
    said=$(run libopener.so.1 --strict -- ./main "$2" "$3") || fail "exit $? with $3"
    [[ $said == *"$3"*strict*$1* ]] || fail "dlopen of $3 ($2) said: $said"
}
for how in now global base; do
    denied "outside the tree and is not permitted"*--permit $how "$host/onlyhost.so"
    expect host run libopener.so.1 -- ./main $how "$host/onlyhost.so"
done
expect host run libopener.so.1 -- ./main now "$libs/plugins/out.so"
denied "outside the tree and is not permitted"*--permit now "$libs/plugins/out.so"
denied "outside the tree and is not permitted"*--permit now "$libs/plugins/out/onlyhost.so"
denied --permit now "$libs/plugins/../../../../host/onlyhost.so"
denied --permit now host/onlyhost.so
denied --permit now ./host/onlyhost.so
denied --share now onlyhost.so
denied --permit now "$host/nothing.so"
said=$(run libopener.so.1 --strict -- ./main new "$host/onlyhost.so")
[[ $said == *"another namespace"*strict* ]] || fail "dlmopen said: $said"
expect host run libopener.so.1 -- ./main new "$host/onlyhost.so"
said=$(run libopener.so.1 --strict -- ./main memory "$host/onlyhost.so")
[[ $said == *"/proc/self/fd/"*strict* ]] || fail "dlopen of a memory file said: $said"
expect host run libopener.so.1 -- ./main memory "$host/onlyhost.so"
# Also where the whole system is the tree.
said=$("$bulkhead" run --tree / --expose "$libs/libopener.so.1" --strict -- ./main memory "$host/onlyhost.so")
[[ $said == *"/proc/self/fd/"*strict* ]] || fail "dlopen of a memory file said: $said"
expect host "$bulkhead" run --tree / --expose "$libs/libopener.so.1" --strict -- ./main now "$host/onlyhost.so"

# By a pointer that the program hands over.
library libpointer.so.1 <<'EOF'
#include <dlfcn.h>
const char *by_pointer(void *(*open)(const char *, int), const char *name) { return open(name, RTLD_NOW) ? "opened" : dlerror(); }
EOF
program pointer "$libs/libpointer.so.1" <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
const char *by_pointer(void *(*open)(const char *, int), const char *name);
int main(int count, char **arguments) {
  if (!dlopen(arguments[1], RTLD_NOW)) puts(dlerror());  /* what the program opens itself is its own affair */
  printf("%s", by_pointer(dlopen, arguments[1]));
}
EOF
expect opened run libpointer.so.1 -- ./pointer "$host/onlyhost.so"
said=$(run libpointer.so.1 --strict -- ./pointer "$host/onlyhost.so")
[[ $said == "cannot open by the program's dlopen: "*strict* ]] || fail "by a pointer, dlopen said: $said"

# Allowed: the tree's, whatever name leads to it, with what it needs.
for name in ofthetree.so "$libs/plugins/ofthetree.so" /usr/lib/plugins/ofthetree.so '$ORIGIN/plugins/ofthetree.so' \
    tree/usr/lib/plugins/ofthetree.so alias/tree/usr/lib/plugins/ofthetree.so "$scratch/alias/in.so" \
    "$scratch/host/../tree/usr/lib/plugins/ofthetree.so"; do
    expect lib run libopener.so.1 --strict -- ./main now "$name"
done
expect lib "$bulkhead" run --tree alias/tree --expose libopener.so.1 --strict -- ./main now "$libs/plugins/ofthetree.so"

# Only what is said: --no-strict ends it, and a directory of shims is as strict as a run.
expect host run libopener.so.1 --no-strict -- ./main now "$host/onlyhost.so"
"$bulkhead" shim --tree "$tree" --expose libopener.so.1 --strict -o shims
said=$(LD_LIBRARY_PATH=$scratch/shims:$host ./main now "$host/onlyhost.so")
[[ $said == *"$host/onlyhost.so"*"Permission denied"*strict* ]] || fail "with shims, dlopen said: $said"
