#!/bin/bash
# Filters in a namespace: another library's definitions in place of one's own; of an auxiliary one if it is there.
# (glibc's filtmod1.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

glibc_at_least 2.34 || skip "ld.so of glibc 2.31 fails an assertion if these are not the first in a namespace"
module libfiltee.so.1 <<<'int value(void) { return 2; }'
module libfilter.so.1 -Wl,-F,libfiltee.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
module libauxiliary.so.1 -Wl,-f,libfiltee.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
module libalone.so.1 -Wl,-f,libabsent.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
module libstrict.so.1 -Wl,-F,libabsent.so.1 '-Wl,-rpath,$ORIGIN' <<<'int value(void) { return 1; }'
both_do <<'EOF'
open a + libalone.so.1      => ok
call a value                => 1
open f a libfilter.so.1     => ok
call f value                => 2
open g a libauxiliary.so.1  => ok
call g value                => 2
open s a libstrict.so.1     => error
end                         =>
EOF
