#!/bin/bash
# Each opening of a library that fails tells a code and a sentence with the file, and leaves errno and results alone.
# shellcheck source=tests/behaviour/api.bash
. "${0%/*}/api.bash"

library libgood.so.1 -Wl,--defsym=none=0 <<'EOF'
#include <stdio.h>
__thread int mine = 4;
int good(void) { return puts("") >= 0; }
EOF
library liblacks.so.1 <<<'int nowhere(void); void *table[] = {(void *)nowhere};'
echo text >"$libs/libtext.so.1"
head -c 300 "$libs/libgood.so.1" >"$libs/libshort.so.1"
library libneedsabsent.so.1 -Wl,--no-as-needed "$libs/libgood.so.1" <<<''
library libgone.so.1 <<<''
library libneedsgone.so.1 -Wl,--no-as-needed "$libs/libgone.so.1" <<<''
rm "$libs/libgone.so.1"

caller errors <<'EOF'
#include "api-attempts.h"
int main(int count, char **arguments) {
  capsule = capsule_with(OPTIONS(.tree = arguments[1]));
  errno = 77;
  attempt_library("absent", "libabsent.so.1", 0, "libabsent.so.1");
  attempt_library("absent path", "/usr/lib/libabsent.so.1", 0, "/usr/lib/libabsent.so.1");
  attempt_library("needs what is absent", "libneedsgone.so.1", 0, "libgone.so.1");
  attempt_library("text", "/usr/lib/libtext.so.1", 0, "libtext.so.1");
  attempt_library("cut off", "/usr/lib/libshort.so.1", 0, "libshort.so.1");
  attempt_library("unresolved", "liblacks.so.1", RTLD_NOW, "undefined symbol: nowhere");
  attempt_library("no name", "", 0, "name");
  attempt_library("null", 0, 0, "null");
  attempt_library("mode", "libgood.so.1", 1 << 28, "flags");
  attempt_library("not open yet", "libgood.so.1", RTLD_LAZY | RTLD_NOLOAD, "libgood.so.1");
  attempt_library("not bh_dlmopen's", "libgood.so.1", RTLD_SHARED, "mode");
}
EOF
claims ./errors "$tree" <<'END'
absent               => MISSING
absent path          => MISSING
needs what is absent => MISSING
text                 => MALFORMED
cut off              => MALFORMED
unresolved           => SYSTEM
no name              => ARGUMENT
null                 => ARGUMENT
mode                 => UNSUPPORTED
not open yet         => MISSING
not bh_dlmopen's     => ARGUMENT
END
