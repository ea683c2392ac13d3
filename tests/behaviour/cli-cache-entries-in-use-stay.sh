#!/bin/bash
# However long a session lasts: its shims stay as long as a process of it lives, and so its children get the same
# libraries. That goes for the cache, and for shims that were made for one start.
. "$(dirname "$0")/cli.bash"
cc -x c - -x none -o answer tree/usr/lib/libthing.so.1 <<'END_OF_SOURCE'
#include <stdio.h>
int libthing_answer(void);
int main(void) { return printf("%d\n", libthing_answer()) < 0; }
END_OF_SOURCE
mkdir host
cc -shared -fPIC -x c - -o host/libthing.so.1 -Wl,-soname,libthing.so.1 <<<'int libthing_answer(void) { return 1; }'
cache=$XDG_CACHE_HOME/bulkhead/v1
years=0
others_start() { # a start that makes an entry, and so removes old ones
    years=$((years + 1))
    run --map "/$years" ./program
}
as_old_as() { # AGE ENTRY
    find "$2" -exec touch -h -a -m -d "$1 ago" {} +
}

# A program that ends, and leaves a child that waits for an order, and then starts a program that needs the library.
begin() { # NAME [OPTION…]
    mkfifo "$1.order"
    LD_LIBRARY_PATH=$scratch/host run "${@:2}" sh -c \
        "(read -r order <$1.order; ./answer >$1.said 2>&1; echo \$? >$1.ended) >/dev/null 2>&1 &"
}
begin cached
begin once --no-cache
for entry in "$cache"/*; do as_old_as "500 days" "$entry"; done
mkdir "$cache/0123456789abcdef" "$cache/once-999999999-abc"
touch "$cache/0123456789abcdef/stamp"
as_old_as "500 days" "$cache/0123456789abcdef"
as_old_as "500 days" "$cache/once-999999999-abc"
others_start
[[ ! -e $cache/0123456789abcdef && ! -e $cache/once-999999999-abc ]] || fail "what nobody uses was left"
for session in cached once; do
    echo go >$session.order
    for ((i = 0; i < 200; ++i)); do
        [[ ! -s $session.ended ]] || break
        sleep 0.05
    done
    [[ $(<$session.ended) == 0 ]] || fail "$session: the program ended with $(<$session.ended): $(<$session.said)"
    [[ $(<$session.said) == 42 ]] || fail "$session: the program said $(<$session.said), as natively"
done

# A program that reads a shim leaves a time of access.
rm -rf "$cache"
run ./answer >/dev/null
entry=$(echo "$cache"/*)
as_old_as "500 days" "$entry"
touch -a "$entry/libthing.so.1"
others_start
[[ -e $entry/libthing.so.1 ]] || fail "an entry that was read today is gone"

# In a PID namespace, whose processes others cannot see, and which cannot see the others, a year is the time.
as_old_as "300 days" "$entry"
unshare --user --map-root-user --pid --fork --mount-proc true 2>/dev/null || skip "no PID namespace can be made here"
unshare --user --map-root-user --pid --fork --mount-proc "$bulkhead" run --tree tree --expose libthing.so.1 --map /inside -- ./program
[[ -e $entry/libthing.so.1 ]] || fail "an entry that others may use is gone"
