#!/bin/bash
# Something that another library is bound to stays as long as that does, though nobody needs it by name; for good if that
# library is kept. (glibc's tst-dlopen-nodelete-reloc.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

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
