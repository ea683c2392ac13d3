#!/bin/bash
# Libraries that are not to be unloaded stay, with their state and what they need: linked with -z nodelete,
# opened with RTLD_NODELETE (by an opening, or by one of what is open already), also where another opening
# failed; and their destructors run at exit. (glibc's tst-nodelete2, tst-nodelete-opened,
# tst-nodelete-dlclose, tst-dlopen-nodelete-reloc, nodelete.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

part() { # NAME OPTION…
    module "lib$1.so.1" "-DNAME=\"$1\"" -DBUMP="bump_$1" '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "${@:2}" <<'EOF'
#include <stdio.h>
__attribute__((constructor)) static void begin(void) { dprintf(1, NAME "+ "); }
__attribute__((destructor)) static void end(void) { dprintf(1, NAME "- "); }
static int count;
int BUMP(void) { return ++count; }
EOF
}
part below
part stays "$host/libbelow.so.1" -Wl,-z,nodelete
part plain "$host/libbelow.so.1"
part user "$host/libstays.so.1"
module libfails.so.1 '-Wl,-rpath,$ORIGIN' -Wl,--no-as-needed "$host/libstays.so.1" \
    <<<'int nowhere(void); void *table[] = {(void *)nowhere};'

both_do <<'EOF'
open s + libstays.so.1           => below+ stays+ ok
call s bump_stays                => 1
close s                          => ok
loaded s libstays.so.1           => yes
loaded s libbelow.so.1           => yes
open u s libuser.so.1            => user+ ok
call u bump_stays                => 2
close u                          => user- ok
open s s libstays.so.1           => ok
call s bump_stays                => 3
end                              => stays- below-
EOF

both_do <<'EOF'
open p + libplain.so.1 nodelete  => below+ plain+ ok
close p                          => ok
loaded p libplain.so.1           => yes
call p bump_below                => 1
end                              => plain- below-
EOF
both_do <<'EOF'
open p + libplain.so.1                  => below+ plain+ ok
open q p libplain.so.1 noload nodelete  => ok
close p                                 => ok
close q                                 => ok
loaded p libplain.so.1                  => yes
call p bump_plain                       => 1
end                                     => plain- below-
EOF

# In the base as well as in a namespace; two copies, of which one is not kept.
both_do <<'EOF'
open p 0 libplain.so.1           => below+ plain+ ok
open q + libplain.so.1 nodelete  => below+ plain+ ok
close p                          => plain- below- ok
close q                          => ok
loaded q libplain.so.1           => yes
loaded p libplain.so.1           => no
end                              => plain- below-
EOF

# One whose opening failed is not kept.
both_do <<'EOF'
open p + libplain.so.1           => below+ plain+ ok
open f p libfails.so.1           => error
error                            => libfails.so.1: undefined symbol: nowhere
loaded p libstays.so.1           => no
close p                          => plain- below- ok
end                              =>
EOF

# Nor does a failed opening change what is kept already.
both_do <<'EOF'
open p + libplain.so.1 nodelete  => below+ plain+ ok
open f p libfails.so.1           => error
close p                          => ok
open p p libplain.so.1 noload    => ok
call p bump_plain                => 1
end                              => plain- below-
EOF

# Something that another library is bound to stays as long as that does, though nobody needs it by name.
module libgives.so.1 <<<'int given(void) { return 5; }'
module libtakes.so.1 -Wl,-z,lazy <<<'int given(void); int take(void) { return given(); }'
does_as_dlopen <<'EOF'
open g + libgives.so.1 global    => ok
open t g libtakes.so.1           => ok
close g                          => ok
loaded t libgives.so.1           => yes
call t take                      => 5
close t                          => ok
loaded t libgives.so.1           => no
end                              =>
EOF

# So it does for good if that library is kept.
module libkeeps.so.1 -Wl,-z,now -Wl,-z,nodelete <<<'int given(void); int take(void) { return given(); }'
does_as_dlopen <<'EOF'
open g + libgives.so.1 global    => ok
open k g libkeeps.so.1           => ok
close k                          => ok
close g                          => ok
loaded g libgives.so.1           => yes
open k g libkeeps.so.1 noload    => ok
call k take                      => 5
end                              =>
EOF
