#!/bin/bash
# What was closed is gone, and what is opened again begins anew; what is still needed stays, with its
# state. (glibc's tst-dlmopen-twice, dblload, multiload, tst-noload, unload1 to unload8, dblunload, neededtest.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

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
