#!/bin/bash
# bh_capsule_open_config: the capsule of a file, with what the file says for the running program.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libthing.so.1 <<<'int thing(void) { return 1; }'
mkdir -p other/usr/lib
at=other/usr/lib library libthing.so.1 <<<'int thing(void) { return 2; }'
caller opener <<'END'
#include <bulkhead/bulkhead.h>
#include <stdio.h>
int main(int argc, char **argv) {
  bh_capsule *capsule, *again;
  bh_library *library;
  bh_error *error = 0;
  if (bh_capsule_open_config(argv[1], argc > 2 ? argv[2] : 0, &capsule, &error) != BH_OK ||
      bh_capsule_open_config(argv[1], argc > 2 ? argv[2] : 0, &again, &error) != BH_OK ||
      bh_library_open(capsule, "libthing.so.1", 0, &library, &error) != BH_OK) {
    printf("%d %s\n", bh_error_code(error), bh_error_text(error));
    return 0;
  }
  printf("%s of %s: %d%s\n", bh_capsule_name(capsule), bh_capsule_tree(capsule),
         ((int (*)(void))bh_symbol(library, "thing", 0, 0))(), again == capsule ? "" : ", twice");
}
END
ln -s opener linked
{ echo "#!$scratch/opener two.toml"; } >script
chmod +x script

# Relative trees count from the file's directory; a capsule need not expose anything.
mkdir files
cat >files/one.toml <<'END'
[capsule.only]
tree = "../tree"
END
expect "only of $tree: 1" ./opener files/one.toml
expect "only of $tree: 1" ./opener files/one.toml only

cat >two.toml <<END
[capsule.first]
tree = "$tree"
[capsule.second]
tree = "other"
[program."linked"]
capsule.second.tree = "$tree"
[program."$scratch/script"]
capsules = ["second"]
END
expect "second of $scratch/other: 2" ./opener two.toml second
expect "4 two.toml: it has several capsules for this program (first, second); name the one that is meant" ./opener two.toml
expect '4 two.toml: there is no capsule "secnd" in it for this program; did you mean second?' ./opener two.toml secnd
# By the name under which it was started, a link's or a script's.
expect "second of $tree: 1" ./linked two.toml second
expect '4 two.toml: there is no capsule "./script" in it for this program; it has second' ./script
# As when it is started by the dynamic linker, which then is what the kernel executes.
linker=$(readelf -l opener | sed -n 's/.*interpreter: \(.*\)]/\1/p')
expect "second of $tree: 1" "$linker" ./linked two.toml second
