#!/bin/bash
# Thread-local data has no address that could be handed over: both ways are refused before
# the program starts, and the symbol is named.
. "$(dirname "$0")/cli.bash"

printf 'V1 { global: *; };' >versions
tls_library() { # DIRECTORY
    cc -shared -fPIC -x c - -o "$1/libtls.so.1" -Wl,-soname,libtls.so.1 -Wl,--version-script=versions \
        <<<'__thread int per_thread = 1; int tls_answer(void) { return per_thread; }'
}
mkdir base
tls_library base
tls_library tree/usr/lib
library libuser.so.1 'extern __thread int per_thread; int user(void) { return per_thread; }' \
    -Wl,-rpath-link,tree/usr/lib tree/usr/lib/libtls.so.1
export LD_LIBRARY_PATH=$PWD/base

# A library of the tree wants it of a shared one.
refused 125 per_thread V1 libuser.so.1 thread-local -- \
    "$bulkhead" run --tree tree --expose libuser.so.1 --share libtls.so.1 -- ./program

# The program wants it of an exposed one.
cc -x c - -x none -o wants base/libtls.so.1 <<'END'
#include <fcntl.h>
extern __thread int per_thread;
int main(void) { return per_thread + open("started", O_CREAT | O_WRONLY, 0600) < 0; }
END
refused 125 per_thread V1 wants thread-local -- \
    "$bulkhead" run --tree tree --expose libtls.so.1 -- ./wants
