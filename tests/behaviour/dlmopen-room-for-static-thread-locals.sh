#!/bin/bash
# As many libraries with static thread-local variables as ld.so's reserve allows, each closed again: the room is used
# again. More than there is is an error, and nothing is broken. (glibc's tst-tls-surplus.)
# shellcheck source=tests/behaviour/dlmopen.bash
. "${0%/*}/dlmopen.bash"

variable empty global-dynamic -DSIZE=0
variable dynamic global-dynamic
for ((i = 0; i < 3; ++i)); do variable "room$i" initial-exec -DSIZE=400; done
both_do <<'EOF'
open k + libempty.so.1  => ok
open a k libroom0.so.1  => ok
open b k libroom1.so.1  => ok
call b bump             => 8
close b                 => ok
close a                 => ok
open b k libroom2.so.1  => ok
call b bump             => 8
call b is_sound         => 1
end                     =>
EOF
for ((i = 0; i < 50; ++i)); do
    printf '%s\n' "open a + libroom$((i % 3)).so.1 => ok" "call a bump => 8" "call a is_sound => 1" "close a => ok"
done >many
echo "end =>" >>many
both_do <many

# More than there is: an error, which with bulkhead has figures, and nothing is broken.
variable much initial-exec -DSIZE=20000
both_do <<'EOF'
open d + libdynamic.so.1  => ok
open m d libmuch.so.1     => error
call d bump               => 8
end                       =>
EOF
