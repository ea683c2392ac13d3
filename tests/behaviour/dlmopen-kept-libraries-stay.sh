#!/bin/bash
# Libraries that are not to be unloaded stay, with their state and what they need: linked with -z nodelete,
# opened with RTLD_NODELETE (by an opening, or by one of what is open already), also where another opening
# failed; and their destructors run at exit. (glibc's tst-nodelete2, tst-nodelete-opened,
# tst-nodelete-dlclose, nodelete.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

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
