#!/bin/bash
# A JSON file may name several libraries, as Vulkan's do with "layers": the plan has all of them, and what each needs.
. "${0%/*}/lib.sh"

for name in first second; do
    library "lib$name-dep.so.1" <<<'int dep(void) { return 1; }'
    library "libVkLayer_$name.so" "$libs/lib$name-dep.so.1" <<<'int dep(void); int layer(void) { return dep(); }'
done
library libloader.so.1 <<<'int loader;'
mkdir -p "$tree/etc/layers.d"
cat >"$tree/etc/layers.d/both.json" <<'END'
{ "layers": [ { "name": "VK_LAYER_first", "library_path": "libVkLayer_first.so" },
              { "library_path" : "libVkLayer_second.so", "name": "VK_LAYER_second" } ],
  "library_path": 7 }
END
cat >layered.toml <<'END'
expose = ["libloader.so.1"]
plugin-lists = ["/etc/layers.d/*.json"]
END
"$bulkhead" explain --tree "$tree" --profile ./layered.toml --json >plan.json || fail "$(<plan.json)"
for name in libVkLayer_first.so libfirst-dep.so.1 libVkLayer_second.so libsecond-dep.so.1; do
    grep -q "\"name\": \"$name\"" plan.json || fail "$name is not in the plan"
done
