#!/bin/bash
# What was closed is gone, and what is opened again begins anew; what is still needed stays, with its
# state. (glibc's tst-dlmopen-twice, dblload, multiload, tst-noload, unload1 to unload8, dblunload,
# neededtest.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

part() { # NAME OPTION… : says when it begins and ends, and counts
    module "lib$1.so.1" "-DNAME=\"$1\"" -DBUMP="bump_$1" '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "${@:2}" <<'EOF'
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { dprintf(1, NAME "+ "); }
__attribute__((destructor)) static void end(void) { dprintf(1, NAME "- "); }
static int count;
int BUMP(void) { return ++count; }
EOF
}
part low
part left "$host/liblow.so.1"
part right "$host/liblow.so.1"

module libkeep.so.1 <<<'int keep;'

# (What is opened first in a namespace is another matter: dlmopen-closes-in-any-order.sh.)
both_do <<'EOF'
open k + libkeep.so.1          => ok
open l k libleft.so.1          => low+ left+ ok
open r l libright.so.1         => right+ ok
call l bump_low                => 1
call r bump_low                => 2
close l                        => left- ok
loaded r libleft.so.1          => no
loaded r liblow.so.1           => yes
call r bump_low                => 3
open l r libleft.so.1          => left+ ok
call l bump_left               => 1
call l bump_low                => 4
close r                        => right- ok
open low l liblow.so.1         => ok
close l                        => left- ok
call low bump_low              => 5
open n low liblow.so.1 noload  => ok
same n low                     => yes
open m low libleft.so.1 noload => error
close n                        => ok
close low                      => low- ok
open l + libleft.so.1          => low+ left+ ok
call l bump_low                => 1
call l bump_left               => 1
end                            => left- low-
EOF

# Closed more often than opened: dlclose says so, and nothing else happens.
both_do <<'EOF'
open r + libright.so.1  => low+ right+ ok
open l r liblow.so.1    => ok
close l                 => ok
close l                 => error
error                   => liblow.so.1: shared object not open
call r bump_low         => 1
close r                 => right- low- ok
end                     =>
EOF

# A library that opens another one by dlopen, in its constructor, and closes it in its destructor.
module libopener.so.1 '-Wl,-rpath,$ORIGIN' <<'EOF'
#include <dlfcn.h>
#include <stdio.h>
static void *other;
__attribute__((constructor)) static void begin(void) {
  dprintf(1, "opener( ");
  other = dlopen("libleft.so.1", RTLD_NOW);
  dprintf(1, "%s)+ ", other ? "" : "error");
}
__attribute__((destructor)) static void end(void) {
  dprintf(1, "opener( ");
  dlclose(other);
  dprintf(1, ")- ");
}
int has_it(void) { return dlsym(other, "bump_left") != 0; }
EOF
both_do <<'EOF'
open o + libopener.so.1     => opener( low+ left+ )+ ok
call o has_it               => 1
open l o libleft.so.1       => ok
close o                     => opener( )- ok
call l bump_left            => 1
open o l libopener.so.1     => opener( )+ ok
close l                     => ok
close o                     => opener( )- left- low- ok
open o + libopener.so.1     => opener( low+ left+ )+ ok
end                         => opener( )- left- low-
EOF

# libc works in each of them, again and again: classes of characters, the locale, conversions, stdio.
module libworker.so.1 <<'EOF'
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
int works(void) {
  wchar_t wide[4];
  char text[16];
  char *copy = strdup("x");
  sprintf(text, "%.1f", 1.5);
  free(copy);
  return isalpha('a') && !isalpha('1') && toupper('a') == 'A' && setlocale(LC_ALL, "C") &&
         strlen(nl_langinfo(CODESET)) && mbstowcs(wide, "ab", 4) == 2 && strcmp(text, "1.5") == 0;
}
EOF
for ((i = 0; i < 20; ++i)); do
    printf '%s\n' "open w + libworker.so.1 => ok" "call w works => 1" "space w => 1" "close w => ok"
done >wanted
echo "end =>" >>wanted
bulkhead_does <wanted
