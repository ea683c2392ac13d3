#!/bin/bash
# What a missing library would have defined is not listed after it, and symbols that one library lacks for another are one message.
. "${0%/*}/lib.sh"
cat >versions <<<'ONE_1 { one; two; three; four; five; six; };'
library libone.so.1 -Wl,--version-script=versions <<<'int one, two, three, four, five, six;'
library libthing.so.1 "$libs/libone.so.1" -Wl,-z,now <<'END'
extern int one, two, three, four, five, six;
int thing(void) { return one + two + three + four + five + six; }
END
library libunversioned.so.1 <<<'int free_one(void) { return 1; }'
library libsecond.so.1 "$libs/libunversioned.so.1" -Wl,-z,now <<<'int free_one(void); int second(void) { return free_one(); }'
program user "$libs/libthing.so.1" <<<'int thing(void); int main(void) { return thing(); }'

lines() { # NUMBER
    [[ $(wc -l <stderr) == "$1" ]] || fail "not $1 lines: $(<stderr)"
}
mv "$libs/libone.so.1" "$libs/libunversioned.so.1" .
refuses 'libone.so.1 is needed by .*libthing.so.1 and is not in the tree' -- run libthing.so.1 -- ./user
lines 1
refuses 'libunversioned.so.1 is needed by' -- run libsecond.so.1 -- ./user
lines 1
# Neither of the two hides the other.
refuses 'libunversioned.so.1 is needed by' 'libone.so.1 is needed by' -- run libthing.so.1,libsecond.so.1 -- ./user
lines 2

library libone.so.1 <<<'int other;'
names='one|two|three|four|five|six'
refuses "($names), version ONE_1 is imported by .*libthing.so.1 from libone.so.1; .*/libone.so.1 does not have it, nor ($names), ($names), ($names) and 2 more; the tree contradicts itself" -- \
    run libthing.so.1 -- ./user
lines 1
# Of what the program wants of an exposed library.
library libone.so.1 -Wl,--version-script=versions <<<'int one(void) { return 1; } int two(void) { return 2; }'
program wants "$libs/libone.so.1" <<<'int one(void), two(void); int main(void) { return one() + two(); }'
library libone.so.1 <<<'int other;'
refuses 'version ONE_1 is imported by .*wants from libone.so.1, which is exposed; .*libone.so.1 does not have it, nor (one|two); use a tree' -- run libone.so.1 -- ./wants
lines 1
