#!/bin/bash
# "bulkhead shim --relocatable-tree PATH": shims that were made from one tree take the libraries of whatever tree lies at PATH when a
# program runs: of another version, in another directory, with other needs and other data files. What that one lacks is said.
. "${0%/*}/lib.sh"

later=$scratch/run/host
shims=$scratch/shims
# Two trees: directories, needs, and what a profile's map leads to differ.
one=$scratch/one two=$scratch/two
mkdir -p "$one/usr/lib" "$two/usr/lib64" "$two/usr/share/glvnd" "$scratch/run"
echo two >"$two/usr/share/glvnd/name"
gl='#include <stdio.h>
const char *name(void) {
  static char text[16] = "none";
  FILE *file = fopen("/usr/share/glvnd/name", "r");
  if (file) fscanf(file, "%15s", text);
  return text;
}'
at=$one/usr/lib library libGL.so.1 <<<"$gl int version(void) { return 1; } int only_one(void) { return 11; }"
at=$one/usr/lib library libgone.so.1 <<<'int gone(void) { return 5; }'
at=$two/usr/lib64 library libnew.so.1 <<<'int new(void) { return 2; }'
at=$two/usr/lib64 library libGL.so.1 "$two/usr/lib64/libnew.so.1" <<<"$gl int new(void); int version(void) { return new(); } int only_two(void) { return 22; }"

program main -ldl <<'END'
#include <dlfcn.h>
#include "claims.h"
int main(void) {
  void *gl = dlopen("libGL.so.1", RTLD_NOW);
  if (!gl) return puts(dlerror()), 1;
  CLAIM("version", "%d", ((int (*)(void))dlsym(gl, "version"))());
  CLAIM("data", "%s", ((const char *(*)(void))dlsym(gl, "name"))());
  HOLDS("only in the first", dlsym(gl, "only_one") != 0);
  void *gone = dlopen("libgone.so.1", RTLD_NOW);
  HOLDS("a library that is there", gone != 0);

}
END
shim() { "$bulkhead" shim --tree "$one" --expose libGL.so.1,libgone.so.1 --relocatable-tree "$@"; }
refuses 'run/host: is a relative path' -- shim run/host -o "$shims"
refuses 'a:b: has a character' -- shim /a:b -o "$shims"
shim "$later/" -o "$shims" || fail "shim: $?"
with_shims() { LD_LIBRARY_PATH=$shims "$@"; }

ln -sT "$one" "$later"
claims with_shims ./main <<'END'
version => 1
data => none
only in the first => yes
a library that is there => yes
END
rm "$later"; mv "$one" gone-one
ln -sT "$two" "$later"
claims with_shims ./main <<'END'
version => 2
data => two
only in the first => no
a library that is there => no
END
# What the tree that is there now lacks, or what the shims do not know.
program uses-one "$scratch/gone-one/usr/lib/libGL.so.1" <<<'int only_one(void); int main(void) { return only_one(); }'
program uses-gone "$scratch/gone-one/usr/lib/libgone.so.1" <<<'int gone(void); int main(void) { return gone(); }'
program uses-two "$two/usr/lib64/libGL.so.1" <<<'int only_two(void); int main(void) { return only_two(); }'
refuses "only_one of libGL.so.1 was called, and the tree's library no longer has it" -- with_shims ./uses-one
refuses "cannot open libgone.so.1 of the tree $later: libgone.so.1: is not in the tree $later" -- with_shims ./uses-gone
status=0; with_shims ./uses-two 2>stderr.txt || status=$?
[[ $status == 127 && $(<stderr.txt) == *'undefined symbol: only_two'* ]] || fail "exit $status: $(<stderr.txt)"
rm "$later"
refuses "cannot open libGL.so.1 of the tree $later: .*: there is no such tree" -- with_shims ./uses-one

# A library that is shared is this system's: what the other tree's libraries want of it may not be there.
mv gone-one "$one"
at=$host library libX11.so.6 <<<'int x_old(void) { return 7; }'
at=$one/usr/lib library libX11.so.6 <<<'int x_old(void) { return 1; }'
at=$one/usr/lib library libGL.so.1 "$one/usr/lib/libX11.so.6" <<<'int x_old(void); int version(void) { return x_old(); }'
at=$two/usr/lib64 library libX11.so.6 <<<'int x_old(void) { return 1; } int x_new(void) { return 2; }'
at=$two/usr/lib64 library libGL.so.1 "$two/usr/lib64/libX11.so.6" -Wl,-z,now <<<'int x_new(void); int version(void) { return x_new(); }'
program draws "$one/usr/lib/libGL.so.1" <<<'int version(void); int main(void) { return version() - 7; }'
export LD_LIBRARY_PATH=$host
"$bulkhead" shim --tree "$one" --expose libGL.so.1 --relocatable-tree "$later" -o of-x11 || fail "shim: $?"
ln -sT "$one" "$later"
LD_LIBRARY_PATH=$scratch/of-x11:$host expect "" ./draws
rm "$later" && ln -sT "$two" "$later"
LD_LIBRARY_PATH=$scratch/of-x11:$host refuses 'cannot open libGL.so.1 of the tree .*x_new' -- ./draws

# A program that is linked to what is not there goes on with this system's own, if that is said.
at=$host library libgone.so.1 <<<'int gone(void) { return 9; }'
program own "$host/libgone.so.1" <<<'int gone(void); int main(void) { return gone() - 9; }'
"$bulkhead" shim --tree "$one" --expose libgone.so.1 --relocatable-tree "$later" --on-failure native -o of-gone || fail "shim: $?"
LD_LIBRARY_PATH=$scratch/of-gone:$host ./own 2>stderr.txt || fail "own ends with $?: $(<stderr.txt)"
grep -q "cannot open libgone.so.1 of the tree $later.*goes on with this system's own libraries" stderr.txt || fail "it said: $(<stderr.txt)"
