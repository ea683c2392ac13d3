#!/bin/bash
# --on-failure native: glibc has 15 namespaces for capsules; what comes then stands for this system's.
. "${0%/*}/lib.sh"

native() { at=$host library "$@"; }
for i in {1..17}; do
    library "lib$i.so.1" <<<"int value_$i(void) { return 1; }"
    native "lib$i.so.1" <<<"int value_$i(void) { return 1000; }"
    "$bulkhead" shim --tree "$tree" --expose "lib$i.so.1" --on-failure native -o many
    "$bulkhead" shim --tree "$tree" --expose "lib$i.so.1" -o strict
done
{
    for i in {1..17}; do echo "int value_$i(void);"; done
    echo '#include <stdio.h>'
    echo 'int main(void) { printf("%d", 0'
    for i in {1..17}; do echo "+ value_$i()"; done
    echo '); }'
} >many.c
program uses-many "$libs"/lib?.so.1 "$libs"/lib??.so.1 <many.c
LD_LIBRARY_PATH=$scratch/many:$host expect 2015 ./uses-many
[[ $(grep -c "glibc allows 15 capsules" stderr) -eq 2 ]] || fail "said: $(<stderr)"
LD_LIBRARY_PATH=$scratch/strict:$host refuses "glibc allows 15 capsules" -- ./uses-many
