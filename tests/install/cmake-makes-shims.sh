#!/bin/bash
# bulkhead_add_shim: a build that makes shims, and makes them anew when what they are made of changes.
# shellcheck source=tests/install/install.bash
. "$(dirname "$0")/install.bash"

mkdir -p project/tree/usr/lib
make_library() { # FUNCTION…
    local text=
    for function in "$@"; do text+="int $function(void) { return 7; }"; done
    cc -shared -fPIC -x c - -o project/tree/usr/lib/libthing.so.1 -Wl,-soname,libthing.so.1 <<<"$text"
}
make_library thing
cc -x c - -x none -o program project/tree/usr/lib/libthing.so.1 <<<'int thing(void); int main(void) { return thing(); }'
cat >project/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES NONE)
find_package(bulkhead REQUIRED)
bulkhead_add_shim(NAME things TREE tree EXPOSE libthing.so.1
  DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tree/usr/lib/libthing.so.1)
bulkhead_add_shim(NAME others CONFIG capsule.toml OUTPUT_DIRECTORY of/file)
bulkhead_add_shim(NAME strict TREE tree EXPOSE libthing.so.1 STRICT PERMIT extra /opt/app)
END
printf '[capsule.host]\ntree = "tree"\nexpose = "libthing.so.1"\n' >project/capsule.toml
build_with_cmake project built "$prefix"
for directory in built/things built/of/file; do
    [[ -e $directory/libthing.so.1 ]] || fail "$directory has no shim"
    status=0
    LD_LIBRARY_PATH=$directory ./program || status=$?
    [[ $status -eq 7 ]] || fail "with the shims in $directory the program ends with $status"
done

for word in strict=yes "permit=$PWD/project/extra" permit=/opt/app; do
    grep -q "$word" built/strict/libthing.so.1 || fail "the strict shim does not say $word"
done

before=$(stat -c %Y.%i built/things/libthing.so.1)
quietly cmake --build built
[[ $(stat -c %Y.%i built/things/libthing.so.1) == "$before" ]] || fail "shims are made anew though nothing changed"
sleep 1 # file systems with whole seconds
make_library thing another
quietly cmake --build built
grep -q another built/things/libthing.so.1 || fail "the shims do not know what the library exports now"

# What is wrong with a call is said when the project is configured.
mistake() { # TEXT CALL
    printf 'cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES NONE)\nfind_package(bulkhead REQUIRED)\n%s\n' "$2" >project/CMakeLists.txt
    ! cmake -S project -B mistaken -DCMAKE_PREFIX_PATH="$prefix" >said 2>&1 || fail "not refused: $2"
    grep -q "$1" said || { cat said; fail "it is not said: $1"; }
    rm -rf mistaken
}
mistake "NAME is missing" 'bulkhead_add_shim(TREE tree EXPOSE libthing.so.1)'
mistake "needs one of TREE and CONFIG" 'bulkhead_add_shim(NAME a EXPOSE libthing.so.1)'
mistake "nothing to expose" 'bulkhead_add_shim(NAME a TREE tree)'
mistake "EXPOSES" 'bulkhead_add_shim(NAME a EXPOSES libthing.so.1 TREE tree PROFILE gl)'
