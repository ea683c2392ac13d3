#!/bin/bash
# A library to share is found as natively: by the search path of this system's exposed library which needs
# it, or by that of the program, which a directory of shims does not know.
. "${0%/*}/lib.sh"
mkdir -p "$host/lib/sub"

at=$host/lib/sub library libshared.so.1 <<<'int count(void) { static int n; return ++n; }'
at=$host/lib library libfoo.so.1 "$host/lib/sub/libshared.so.1" '-Wl,-rpath,$ORIGIN/sub' \
    <<<'int count(void); int foo(void) { return 10 * count(); }'
cp "$host/lib/libfoo.so.1" "$host/lib/sub/libshared.so.1" "$libs/"
program through "$host/lib/libfoo.so.1" <<<'int foo(void); int printf(const char*, ...); int main(void) { printf("%d\n", foo()); }'
counts='int foo(void), count(void); int printf(const char*, ...); int main(void) { int one = foo(); printf("%d %d\n", one, count()); }'
program itself "$host/lib/libfoo.so.1" "$host/lib/sub/libshared.so.1" "-Wl,-rpath,$host/lib/sub" <<<"$counts"
export LD_LIBRARY_PATH=$host/lib
expect 10 ./through
expect "10 2" ./itself
expect 10 run libfoo.so.1 --share libshared.so.1 -- ./through
expect "10 2" run libfoo.so.1 --share libshared.so.1 -- ./itself
"$bulkhead" shim --tree "$tree" --expose libfoo.so.1 --share libshared.so.1 -o "$scratch/shims" 2>"$scratch/said"
[[ ! -s $scratch/said ]] || fail "shim said: $(<"$scratch/said")"
expect 10 env "LD_LIBRARY_PATH=$scratch/shims:$host/lib" ./through
expect "10 2" env "LD_LIBRARY_PATH=$scratch/shims:$host/lib" ./itself

# Only the program knows where it is: what is to be shared is missing nowhere else.
at=$host/lib library libfoo.so.1 "$host/lib/sub/libshared.so.1" <<<'int count(void); int foo(void) { return 10 * count(); }'
cp "$host/lib/libfoo.so.1" "$libs/"
expect "10 2" ./itself
"$bulkhead" shim --tree "$tree" --expose libfoo.so.1 --share libshared.so.1 -o "$scratch/shims" 2>"$scratch/said"
grep -q "libshared.so.1: is to be shared, and this system has no such library" "$scratch/said" || fail "shim said: $(<"$scratch/said")"
expect "10 2" env "LD_LIBRARY_PATH=$scratch/shims:$host/lib" ./itself

# An exposed library's shim that a library of the program's with a search path of its own brings.
at=$host/lib library libplugin.so "$host/lib/libfoo.so.1" "-Wl,-rpath,$host/lib/sub" -Wl,--disable-new-dtags \
    <<<'int foo(void); int plugin(void) { return foo(); }'
program preloaded "$host/lib/libfoo.so.1" "-Wl,-rpath,$host/lib/sub" -Wl,--disable-new-dtags \
    <<<'int foo(void); int printf(const char*, ...); int main(void) { printf("%d\n", foo()); }'
expect 10 env LD_PRELOAD=libplugin.so ./preloaded
expect 10 env LD_PRELOAD=libplugin.so "$bulkhead" run --tree "$tree" --expose libfoo.so.1 --share libshared.so.1 -- ./preloaded
