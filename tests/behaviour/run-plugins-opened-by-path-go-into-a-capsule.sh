#!/bin/bash
# --plugin: what the program opens by a path of that pattern is loaded into a capsule, with the release of a library that it was
# built with, while the program keeps its own; it finds the program's functions, as natively. Also from a library that
# the program opens later, in programs that it starts, and as a key in a file.
. "${0%/*}/lib.sh"
mkdir plugins
at=$host library libdep.so.1 <<<'int dep(void) { return 1; }'
at=plugins library libdep.so.1 <<<'int dep(void) { return 2; }'
# shellcheck disable=SC2016 # ld.so expands it
at=plugins library one.so plugins/libdep.so.1 '-Wl,-rpath,$ORIGIN' <<<'int dep(void), service(int); int plug(void) { return 100 * dep() + service(5); }'
cp plugins/one.so plugins/two.so
at=$host library libloader.so -ldl <<<'#include <dlfcn.h>
void *load(const char *file) { return dlopen(file, RTLD_NOW); }'
program user -rdynamic "$host/libdep.so.1" "-Wl,-rpath,$host" -ldl <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include "claims.h"
int dep(void);
int service(int x) { return x + 1; }
static int plug(void *plugin) { return plugin ? ((int (*)(void))dlsym(plugin, "plug"))() : -1; }
int main(int count, char **arguments) {
  void *plugin = dlopen("plugins/one.so", RTLD_NOW);
  CLAIM("plugin", "%d", plug(plugin));
  CLAIM("program", "%d", dep());
  HOLDS("opened already", plugin && dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) == plugin && dlclose(plugin) == 0);
  Dl_info info;
  HOLDS("dladdr", plugin && dladdr(dlsym(plugin, "plug"), &info) && strstr(info.dli_fname, "plugins/one.so") != 0);
  void *loader = dlopen(arguments[2], RTLD_NOW);
  CLAIM("by a library", "%d", plug(((void *(*)(const char *))dlsym(loader, "load"))("./plugins/two.so")));
  HOLDS("closed", plugin && dlclose(plugin) == 0);
  HOLDS("not there", dlopen("plugins/none.so", RTLD_NOW) == 0 && strstr(dlerror(), "plugins/none.so: cannot open shared object file"));
}
END
sources=("$PWD/plugins/one.so" "$host/libloader.so")
with() { # DEP: what the plugins get
    cat <<END
plugin => ${1}06
program => 1
opened already => yes
dladdr => yes
by a library => ${1}06
closed => yes
not there => yes
END
}
with 1 | claims ./user "${sources[@]}"
with 2 | claims "$bulkhead" run --plugin "$PWD/plugins/*.so" -- ./user "${sources[@]}"
[[ ! -s stderr ]] || fail "said: $(<stderr)"
with 2 | claims "$bulkhead" run --plugin '*/one.so' --plugin '*/tw?.so' -- sh -c './user "$@"' sh "${sources[@]}"
cat >capsule.toml <<END
[capsule.plugins]
tree = "/"
plugin = ["$PWD/plugins/*.so"]
END
with 2 | claims "$bulkhead" run --config capsule.toml -- ./user "${sources[@]}"
refuses 'capsule.toml: the capsule plugins has plugins, which shims cannot take; start the program with bulkhead run' -- "$bulkhead" shim --config capsule.toml -o shims
# The interface's capsule of that file takes them, too.
program configured -rdynamic -I"$here/../../include" "$host/libdep.so.1" "-Wl,-rpath,$host" -ldl "$(dirname "$bulkhead")/../lib/libbulkhead.so.0" \
    "-Wl,-rpath,$(dirname "$bulkhead")/../lib" <<'END'
#include <bulkhead/bulkhead.h>
#include <dlfcn.h>
#include <stdio.h>
int dep(void);
int service(int x) { return x + 1; }
int main(void) {
  bh_capsule *capsule;
  bh_error *error = 0;
  if (bh_capsule_open_config("capsule.toml", 0, &capsule, &error) != BH_OK) return puts(bh_error_text(error)), 1;
  void *plugin = dlopen("plugins/one.so", RTLD_NOW);
  printf("%d %d", dep(), plugin ? ((int (*)(void))dlsym(plugin, "plug"))() : -1);
  return 0;
}
END
expect "1 206" ./configured

# What is the program's own stays so, and what is shared is one.
with 1 | claims "$bulkhead" run --plugin '*/elsewhere/*.so' -- ./user "${sources[@]}"
with 1 | claims "$bulkhead" run --plugin '*/plugins/*.so' --share libdep.so.1 -- ./user "${sources[@]}"
# Beside exposed libraries of a tree.
library libdep.so.1 <<<'int dep(void) { return 1; }'
with 2 | claims "$bulkhead" run --tree / --plugin '*/plugins/*.so' -- ./user "${sources[@]}"

"$bulkhead" explain --plugin '*/plugins/*.so' -- ./user >plan.txt || fail "explain: $(<plan.txt)"
grep -qF 'what the program opens as */plugins/*.so is loaded into a capsule' plan.txt || fail "$(<plan.txt)"
refuses '--plugin: one.so is no absolute path, nor a pattern of such' -- "$bulkhead" run --plugin one.so -- ./user
refuses 'there is no such tree' -- "$bulkhead" run --plugin '*/one.so' --tree nowhere -- ./user
sed -i 's,plugin = .*,plugin = ["one.so"],' capsule.toml
refuses 'capsule.toml:3:11: "one.so" is no absolute path' -- "$bulkhead" run --config capsule.toml -- ./user

# A path is what it means, not how it is written. An absolute link of a tree leads to a file of the tree.
mkdir plugins/sub
library libdep.so.1 <<<'int dep(void) { return 3; }'
mkdir -p "$tree/opt/plugins" "$tree/opt/alternatives"
library real.so "$libs/libdep.so.1" <<<'int dep(void), service(int); int plug(void) { return 100 * dep() + service(5); }'
mv "$libs/real.so" "$tree/opt/alternatives"
ln -s /opt/alternatives/real.so "$tree/opt/plugins/linked.so"
program opens -rdynamic -ldl <<'END'
#include <dlfcn.h>
#include <stdio.h>
int service(int x) { return x + 1; }
int main(int count, char **arguments) {
  void *plugin = dlopen(arguments[1], RTLD_NOW);
  if (plugin) printf("%d", ((int (*)(void))dlsym(plugin, "plug"))());
  else puts(dlerror());
  return 0;
}
END
for path in "$PWD//plugins/one.so" "$PWD/plugins/./one.so" "$PWD/plugins/sub/../one.so" ./plugins/one.so plugins//one.so sub/../plugins/one.so; do
    mkdir -p sub
    expect 206 "$bulkhead" run --plugin "$PWD/plugins/one.so" -- ./opens "$path"
done
cp plugins/one.so sub/one.so
expect 106 env "LD_LIBRARY_PATH=$host" "$bulkhead" run --plugin "$PWD/plugins/*.so" -- ./opens "$PWD/plugins/../sub/one.so"
expect 306 "$bulkhead" run --tree "$tree" --plugin '/opt/plugins/*.so' -- ./opens /opt/plugins/linked.so

# What cannot be loaded is an error of dlopen's, with the reason.
rm plugins/libdep.so.1
program fails -rdynamic -ldl <<<'#include <dlfcn.h>
#include <stdio.h>
int service(int x) { return x; }
int main(void) { puts(dlopen("plugins/one.so", RTLD_NOW) ? "there" : dlerror()); return 0; }'
output=$("$bulkhead" run --plugin '*/one.so' -- ./fails) || fail "fails: $?"
[[ $output == "bulkhead: "*libdep.so.1*one.so* ]] || fail "dlerror: $output"
