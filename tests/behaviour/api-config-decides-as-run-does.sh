#!/bin/bash
# For one file and one program bh_capsule_open_config gets, byte for byte, the request that
# `bulkhead run --config` writes into its shims.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libother.so.1 <<<'int other(void) { return 1; }'
library libthing.so.1 "$libs/libother.so.1" <<<'int other(void); int thing(void) { return other(); }'
cp "$libs/libother.so.1" "$host"
cat >capsule.toml <<END
inherit = false
[capsule.one]
tree = "tree"
expose = "libthing.so.1"
private = "libnothing.so.1"
map = ["/etc/thing", "/srv=/usr/share"]
[capsule.two]
tree = "tree"
expose = "libother.so.1"
[program."asker"]
capsules = ["one"]
capsule.one.share = "libother.so.1"
on-failure = "native"
END
language=c++ program asker -std=c++20 -I"$here/../../src" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include "handoff/config_library.h"
using namespace bulkhead::handoff;
int main(int argc, char** argv) {
  if (argc < 3) return 0;
  void* library = dlopen(argv[1], RTLD_NOW);
  auto ask = library ? (ConfigFunction*)dlsym(library, kConfigFunction) : nullptr;
  if (!ask) return puts(dlerror()), 1;
  ConfigQuestion question{sizeof question, "capsule.toml", nullptr, argv[2]};
  ConfigAnswer answer{nullptr, [](void*, const char* bytes, size_t size) { fwrite(bytes, 1, size, stdout); }};
  return ask(&question, &answer);
}
END
export LD_LIBRARY_PATH=$host
./asker "$products/libbulkhead-config.so.0" "$products" >request || fail "$(<request)"
BULKHEAD_LIBDIR=$products "$bulkhead" run --config capsule.toml -- ./asker
shim=$(find "$XDG_CACHE_HOME" -name libthing.so.1 -type f)
[[ -n $shim ]] || fail "bulkhead run made no shim"
for word in tree=/ expose=libthing.so.1 share=libother.so.1 private= map=/etc/thing= on-failure=native inherit=no name=one; do
    tr '\0' '\n' <request | grep "^$word" >/dev/null || fail "no $word in the request"
done
python3 - request "$shim" <<'END' || fail "the shim has another request"
import sys
request, shim = (open(name, "rb").read() for name in sys.argv[1:])
sys.exit(request not in shim)
END
