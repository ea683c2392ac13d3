#!/bin/bash
# What was opened first in a namespace may be closed first: the rest goes on. An emptied namespace is used again, by
# whatever is opened next, and knows nothing of what it had: no state, no stand-ins, nothing global.
# Plain dlmopen crashes on some of this, since it goes on to look symbols up in what was opened first; with bulkhead
# that stays as long as something that was opened after it.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module libfirst.so.1 <<<'int common(void) { return 1; } int first(void) { static int count; return ++count; }'
module libsecond.so.1 <<<'int second(void) { static int count; return ++count; }'
module libwants.so.1 <<<'int first(void); int want(void) { return first(); }'
module libweak.so.1 <<<'int common(void) __attribute__((weak)); int weak(void) { return common ? common() : 0; }'

bulkhead_does <<'EOF'
open a + libfirst.so.1         => ok
open b a libsecond.so.1        => ok
close a                        => ok
loaded b libfirst.so.1         => yes
call b second                  => 1
open w b libweak.so.1          => ok
call w weak                    => 1
open a b libfirst.so.1         => ok
call a first                   => 1
close b                        => ok
close w                        => ok
close a                        => ok
open c + libweak.so.1          => ok
call c weak                    => 0
space c                        => 1
open d c libwants.so.1         => error
open e c libfirst.so.1 shared  => ok
call e first                   => 1
open f 0 libfirst.so.1         => ok
call f first                   => 2
close e                        => ok
close c                        => ok
open g + libfirst.so.1         => ok
space g                        => 1
call g first                   => 1
open h + libfirst.so.1 shared  => ok
space h                        => 2
call h first                   => 3
end                            =>
EOF
