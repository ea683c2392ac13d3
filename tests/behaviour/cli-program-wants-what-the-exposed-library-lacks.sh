#!/bin/bash
# A versioned symbol that the program imports, and the tree's library does not have.
. "$(dirname "$0")/cli.bash"
mkdir base
echo 'THING_1 { global: old; }; THING_2 { global: new; };' >map
cc -shared -fPIC -x c - -x none -Wl,-soname,libthing.so.1 -Wl,--version-script=map -o base/libthing.so.1 \
    <<<'void old(void) {} void new(void) {}'
cc -x c - -x none -o program base/libthing.so.1 <<<'void new(void); int main(void) { new(); }'
echo 'THING_1 { global: old; };' >map
library libthing.so.1 'void old(void) {}' -Wl,--version-script=map
refused 125 "new, version THING_2" program tree/usr/lib/libthing.so.1 -- run ./program
