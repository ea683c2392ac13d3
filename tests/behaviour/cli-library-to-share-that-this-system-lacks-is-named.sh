#!/bin/bash
# A library is to be shared that this system does not have: that is said, and who needs what of it.
. "${0%/*}/lib.sh"

echo 'NOTES_2 { global: note; };' >map
library libnotes.so.1 -Wl,--version-script=map <<<'int note(void) { return 1; }'
library libthing.so.1 "$libs/libnotes.so.1" <<<'int note(void); int thing(void) { return note(); }'
program main "$libs/libthing.so.1" <<<'int thing(void); int main(void) { return thing() - 1; }'

expect "" env LD_LIBRARY_PATH="$libs" ./main
refuses "libnotes\.so\.1 is to be shared, but this system has no such library" \
    "note, version NOTES_2 is imported by .*/libthing\.so\.1 from libnotes\.so\.1; there is no such library" \
    -- run libthing.so.1 --share libnotes.so.1 -- ./main
