#!/bin/bash
# What is wrong with a file, a tree or a library is an error for the caller, with a code and a place in the
# file; nothing stays loaded.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libgone.so.1 <<<'int gone(void) { return 1; }'
library libthing.so.1 "$libs/libgone.so.1" <<<'int gone(void); int thing(void) { return gone(); }'
rm "$libs/libgone.so.1"
caller opener <<'END'
#include <bulkhead/bulkhead.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  bh_capsule *capsule = 0;
  bh_error *error = 0;
  errno = 7;
  bh_code code = bh_capsule_open_config(argc > 1 ? argv[1] : 0, 0, &capsule, &error);
  printf("%d %s%s\n", code, error ? bh_error_text(error) : "no error", errno == 7 ? "" : " (errno)");
  if (error && bh_error_code(error) != code) puts("the codes differ");
  bh_error_free(error);
  FILE *maps = fopen("/proc/self/maps", "r");
  for (char line[4096]; fgets(line, sizeof line, maps);) {
    if (strstr(line, "libbulkhead-config")) return puts("it stays loaded"), 1;
  }
}
END
file() { printf '%b' "$1" >c.toml; }
# BH_MALFORMED
file '[capsule.a]\ntree = "/"\nexposes = "x"\n'
expect '1 c.toml:3:1: "exposes" is not a key of a capsule; did you mean "expose"?' ./opener c.toml
file '[capsule.a]\ntree = "/\n'
[[ $(./opener c.toml) == "1 c.toml:2:"* ]] || fail "a mistake in TOML is: $(./opener c.toml)"
# BH_SYSTEM
expect "3 none.toml: cannot be read: No such file or directory; check the path" ./opener none.toml
# BH_MISSING
file '[capsule.a]\ntree = "none"\n'
[[ $(./opener c.toml) == "4 c.toml:2:8: $scratch/none: there is no such tree; "* ]] || fail "no tree: $(./opener c.toml)"
file "[capsule.a]\ntree = \"$tree\"\nexpose = \"libthink.so.1\"\n"
[[ $(./opener c.toml) == "4 c.toml:3:10: libthink.so.1: is not in the tree $tree "*libthing.so.1 ]] || fail "no library: $(./opener c.toml)"
file "[capsule.a]\ntree = \"$tree\"\nexpose = \"libthing.so.1\"\n"
[[ $(./opener c.toml) == "4 libgone.so.1 "*libthing.so.1* ]] || fail "no dependency: $(./opener c.toml)"
# BH_CONFLICT
file '[capsule."#a"]\ntree = "/"\n'
[[ $(./opener c.toml) == "6 #a: "* ]] || fail "a reserved name: $(./opener c.toml)"
# BH_ARGUMENT
[[ $(./opener) == "7 "*"no file"* ]] || fail "no file: $(./opener)"

# A library without the one that reads files.
mkdir alone
cp "$products"/libbulkhead.so.0 "$products"/libbulkhead-compat*.so.0 alone
[[ $(LD_LIBRARY_PATH=alone ./opener c.toml) == "4 $scratch/alone/libbulkhead-config.so.0: cannot be loaded"* ]] ||
    fail "without that library: $(LD_LIBRARY_PATH=alone ./opener c.toml)"
