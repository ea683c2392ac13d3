#!/bin/bash
# Libraries that need each other begin and end in ld.so's order, whichever of them are exposed.
. "${0%/*}/lib.sh"
says() { echo "#include <stdio.h>
__attribute__((constructor)) static void begin(void) { puts(\"$1 begins\"); }
__attribute__((destructor)) static void end(void) { puts(\"$1 ends\"); }"; }

# The exposed one and a private one.
compile "$libs/liblower.so" -shared -fPIC -Wl,-soname,liblower.so </dev/null
says other | library libother.so
says upper | library libupper.so -Wl,--no-as-needed "$libs/libother.so" "$libs/liblower.so"
says lower | library liblower.so -Wl,--no-as-needed "$libs/libupper.so"
program main -Wl,--no-as-needed "$libs/liblower.so" <<<'int main(void) { return 0; }'
natively=$(LD_LIBRARY_PATH=$libs ./main)
[[ $natively == *'lower begins'$'\n''upper begins'* ]] || fail "the fixture is wrong: $natively"
for exposed in liblower.so liblower.so,libother.so; do
    came=$(run "$exposed" -- ./main)
    [[ $came == "$natively" ]] || fail "with $exposed exposed: $came; natively: $natively"
done

# Exposed ones that reach another one by way of a circle.
says fourth | library libfourth.so
says third | library libthird.so -Wl,--no-as-needed "$libs/libfourth.so"
compile "$libs/libsecond.so" -shared -fPIC -Wl,-soname,libsecond.so </dev/null
says first | library libfirst.so -Wl,--no-as-needed "$libs/libsecond.so"
says second | library libsecond.so -Wl,--no-as-needed "$libs/libthird.so" "$libs/libfirst.so"
program round -Wl,--no-as-needed "$libs/libfirst.so" "$libs/libthird.so" "$libs/libfourth.so" <<<'int main(void) { return 0; }'
natively=$(LD_LIBRARY_PATH=$libs ./round)
came=$(run libfirst.so,libsecond.so,libthird.so,libfourth.so -- ./round)
[[ $came == "$natively" ]] || fail "it came: $came; natively: $natively"
