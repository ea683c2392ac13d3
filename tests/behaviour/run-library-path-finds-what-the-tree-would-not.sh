#!/bin/bash
# --library-path names directories of the tree, or of a tool's system, that nothing in it leads to: for exposed libraries, for what they need and for what
# they open later; on the command line, in a file and in a directory of shims.
. "${0%/*}/lib.sh"
own=$tree/opt/driver/lib
mkdir -p "$own" "$tree/opt/more"
at=$own library libneed.so.1 <<<'int need(void) { return 40; }'
at=$tree/opt/more library liblater.so.1 <<<'int later(void) { return 2; }'
at=$own library libthing.so.1 -Wl,--no-as-needed "$own/libneed.so.1" -ldl <<'END'
#include <dlfcn.h>
int need(void);
int thing(void) {
  void *library = dlopen("liblater.so.1", RTLD_NOW);
  return library ? need() + ((int (*)(void))dlsym(library, "later"))() : 1;
}
END
program user "$own/libthing.so.1" <<<'#include <stdio.h>
int thing(void); int main(void) { printf("%d", thing()); return 0; }'
path=/opt/driver/lib:/opt/more

expect 42 env "LD_LIBRARY_PATH=$own:$tree/opt/more" ./user
expect 42 run libthing.so.1 --library-path "$path" -- ./user
expect 42 run libthing.so.1 --library-path /opt/driver/lib --library-path=/opt/more -- ./user
refuses 'libthing.so.1: is not in the tree' -- run libthing.so.1 -- ./user
refuses '--library-path: lib is no absolute path inside the tree' -- run libthing.so.1 --library-path lib -- ./user

cat >capsule.toml <<END
[capsule.own]
tree = "$tree"
expose = ["libthing.so.1"]
library-path = ["/opt/driver/lib", "/opt/more"]
END
expect 42 "$bulkhead" run --config capsule.toml -- ./user
sed -i 's,"/opt/more","more",' capsule.toml
refuses 'capsule.toml:4:36: "more" is no absolute path inside the tree' -- "$bulkhead" run --config capsule.toml -- ./user
"$bulkhead" shim --tree "$tree" --library-path "$path" --expose libthing.so.1 -o shims
expect 42 env LD_LIBRARY_PATH=shims ./user

# A tool's.
program plain <<<'#include <stdio.h>
#include <stdlib.h>
int main(void) { printf("%d", abs(5)); return 0; }'
at=$host library libtool.so -Wl,--no-as-needed "$own/libneed.so.1" <<<'int need(void); int abs(int x) { return need() + x; }'
compile plain -fno-builtin-abs <<<'#include <stdio.h>
int abs(int); int main(void) { printf("%d", abs(5)); return 0; }'
expect 45 env "LD_LIBRARY_PATH=$own" "LD_PRELOAD=$host/libtool.so" ./plain
expect 45 "$bulkhead" preload --library-path "$own" "$host/libtool.so" -- ./plain
refuses 'libneed.so.1' -- "$bulkhead" preload "$host/libtool.so" -- ./plain
