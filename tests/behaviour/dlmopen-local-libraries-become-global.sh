#!/bin/bash
# What was opened with RTLD_LOCAL becomes global by another opening, with what it needs, for what is opened later.
# RTLD_DEEPBIND puts one's own before all that is global. (glibc's lateglobal, reldep to reldep9.)
# shellcheck source=tests/behaviour/dlmopen-scopes.bash
. "${0%/*}/dlmopen-scopes.bash"

does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open b z libboth.so.1             => ok
open w b libwantsone.so.1         => error
open g b libboth.so.1 global      => ok
same g b                          => yes
open w b libwantsone.so.1         => ok
call w get                        => 11
call w common                     => none
end                               =>
EOF
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open o z libone.so.1              => ok
open n o libone.so.1 noload global  => ok
open w o libwantsone.so.1         => ok
call w get                        => 11
close o                           => ok
close n                           => ok
call w get                        => 11
loaded w libone.so.1              => yes
close w                           => ok
end                               =>
EOF

# RTLD_DEEPBIND: one's own before all that is global.
does_as_dlopen <<'EOF'
open t + libtwo.so.1 global       => ok
open o t libown.so.1 deep         => ok
call o by_reference               => 3
open b t libboth.so.1 deep        => ok
call b by_reference               => 1
end                               =>
EOF

# What is opened late and lazily bound sees what is global when it is called first.
defines lazy <<<'int only_two(void); int get(void) { return only_two(); }'
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open l z liblazy.so.1 lazy        => ok
open t l libtwo.so.1 global       => ok
call l get                        => 22
end                               =>
EOF

# Also where it has one of its own, unless it puts its own before; and what became global first stays the first.
defines mine <<<'int common(void) { return 4; } int get(void) { return common(); }'
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open m z libmine.so.1 lazy        => ok
open t m libtwo.so.1 global       => ok
open o t libone.so.1 global       => ok
call m get                        => 2
end                               =>
EOF
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open m z libmine.so.1 lazy deep   => ok
open t m libtwo.so.1 global       => ok
call m get                        => 4
end                               =>
EOF
does_as_dlopen <<'EOF'
open m + libmine.so.1 lazy global => ok
open t m libtwo.so.1 global       => ok
call m get                        => 4
end                               =>
EOF
does_as_dlopen <<'EOF'
open z + libnothing.so.1          => ok
open m z libmine.so.1 lazy        => ok
call m get                        => 4
open t m libtwo.so.1 global       => ok
call m get                        => 4
end                               =>
EOF
