#!/bin/bash
# DT_INIT and DT_FINI beside arrays run in a namespace, too; a library may have none of them.
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

module liboldstyle.so.1 -Wl,-init=old_begin -Wl,-fini=old_end <<'EOF'
#include <stdio.h>
void old_begin(void) { dprintf(1, "old+ "); }
void old_end(void) { dprintf(1, "old- "); }
__attribute__((constructor)) static void begin(int count, char **arguments, char **environment) {
  dprintf(1, "new+%s ", count > 0 && arguments && arguments[0] && environment ? "" : "without arguments");
}
__attribute__((destructor)) static void end(void) { dprintf(1, "new- "); }
EOF
module libbare.so.1 -nostartfiles <<<'int value(void) { return 4; }'
both_do <<'EOF'
open o + liboldstyle.so.1  => old+ new+ ok
open b o libbare.so.1      => ok
call b value               => 4
close b                    => ok
close o                    => new- old- ok
open o + liboldstyle.so.1  => old+ new+ ok
end                        => new- old-
EOF
