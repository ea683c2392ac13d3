#!/bin/bash
# An installation that was moved works as before: the command, what it starts, CMake's package, pkg-config, and files
# for --config, which a library of its own reads.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"

new=$scratch/"another place"
mv "$prefix" "$new"
libraries=$(library_directory "$new")
build_with_cmake "$root/examples/capsule-c" "$scratch/example" "$new"
uses_library_in example/capsule-c "$libraries"
quietly "$root/examples/capsule-c/run" example

mkdir -p tree/usr/lib
cc -shared -fPIC -x c - -o tree/usr/lib/libthing.so.1 -Wl,-soname,libthing.so.1 <<<'int thing(void) { return 7; }'
cc -x c - -x none -o program tree/usr/lib/libthing.so.1 <<<'int thing(void); int main(void) { return thing(); }'
status=0
"$new/bin/bulkhead" run --tree tree --expose libthing.so.1 -- ./program || status=$?
[[ $status -eq 7 ]] || fail "bulkhead run ends with $status, not as the program does"

# The command finds the program that unpacks images, if it was built.
if [[ -e $new/libexec/bulkhead/bulkhead-unpack ]]; then
    LIBRARY=$PWD/tree/usr/lib/libthing.so.1 "$root/tests/behaviour/images.py" oci-directory image up-inside
    ! XDG_DATA_HOME=$PWD/data "$new/bin/bulkhead" tree add mine --image image 2>said.txt || fail "a hostile image was taken"
    grep -q 'leads out of the tree' said.txt || fail "tree add --image: $(<said.txt)"
fi

if command -v pkg-config >/dev/null; then
    flags=()
    # Quoted as for a shell, since there is a blank in it.
    eval "flags=($(PKG_CONFIG_PATH=$libraries/pkgconfig pkg-config --cflags --libs bulkhead))"
    cat >main.c <<'END'
#include <bulkhead/bulkhead.h>
#include <stdio.h>
int main(void) {
  bh_capsule *capsule;
  bh_library *library;
  bh_error *error = 0;
  if (bh_capsule_open_config("capsule.toml", "moved", &capsule, &error) != BH_OK) {
    puts(bh_error_text(error));
    return 1;
  }
  if (bh_library_open(capsule, "libthing.so.1", 0, &library, 0) != BH_OK) return 2;
  return ((int (*)(void))bh_symbol(library, "thing", 0, 0))();
}
END
    printf '[capsule.moved]\ntree = "tree"\n' >capsule.toml
    cc -o main main.c "${flags[@]}" "-Wl,-rpath,$libraries"
    status=0
    ./main || status=$?
    [[ $status -eq 7 ]] || fail "the program with a file for --config ends with $status"
fi
