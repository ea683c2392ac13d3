#!/bin/bash
# DT_RELR, with the version that marks it and without (as some linkers leave it): done by ld.so
# where it knows it (glibc 2.36), else by us, before constructors run.
. "$(dirname "$0")/cli.bash"
relr='static int number = 42; static int *volatile words[] = {&number, &number, &number};
static int early; __attribute__((constructor)) static void start(void) { early = *words[2]; }
int libthing_answer(void) { return *words[1] == early ? early : 0; }'
cc -shared -fPIC -x c - -o probe.so -Wl,-z,pack-relative-relocs <<<"$relr" 2>/dev/null || skip "this linker writes no DT_RELR"
readelf -d probe.so | grep RELR >/dev/null || skip "this linker writes no DT_RELR"
cat >use.c <<'END'
int libthing_answer(void);
int main(void) { return libthing_answer() != 42; }
END
use() {
    library libthing.so.1 "$relr" -Wl,-z,pack-relative-relocs "$@"
    cc -o use use.c tree/usr/lib/libthing.so.1
    run ./use || fail "it does not work"
    "$bulkhead" doctor --tree tree | tail -n 1 | grep -E '^ok +verdict' >/dev/null || fail "doctor finds fault"
}
use
readelf -V tree/usr/lib/libthing.so.1 | grep GLIBC_ABI_DT_RELR >/dev/null || fail "the linker marks nothing"
use -nostdlib
readelf -V tree/usr/lib/libthing.so.1 | grep GLIBC_ABI_DT_RELR >/dev/null && fail "the linker marks what needs no libc"
exit 0
