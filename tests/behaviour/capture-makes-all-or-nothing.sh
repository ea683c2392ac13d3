#!/bin/bash
# "bulkhead capture" makes a whole tree or none: what cannot be is said, and what was there before stays as it was, also where
# the work ends in the middle of it.
. "${0%/*}/lib.sh"

library libdep.so.1 <<<'int dep(void) { return 1; }'
library libone.so.1 "$libs/libdep.so.1" <<<'int dep(void); int one(void) { return dep(); }'
mkdir -p "$tree/data"
capture() { "$bulkhead" capture --tree "$tree" "$@"; }
nothing_beside() { [[ -z $(find . -maxdepth 2 -name '.*bulkhead-capture*') ]] || fail "something stayed: $(find . -name '.*bulkhead-capture*')"; }

refuses 'libnone.so.1: is not in the tree' -- capture --expose libnone.so.1 -o copy
refuses 'libnone.so.2: is not in the tree' -- capture --expose libone.so.1 --include libnone.so.2 -o copy
refuses '/nowhere: is not in the tree' -- capture --expose libone.so.1 --include /nowhere -o copy
refuses 'relative/path: is a relative path' -- capture --expose libone.so.1 --include relative/path -o copy
refuses "$tree/copy: lies in the tree $tree itself" -- capture --expose libone.so.1 -o "$tree/copy"
refuses 'a:b: has the character :' -- capture --expose libone.so.1 -o a:b
refuses '/proc: nothing can be made there' -- capture --expose libone.so.1 -o /proc/copy
refuses 'none: nothing can be made there: No such file' -- capture --expose libone.so.1 -o none/copy
refuses 'nothing to expose' -- capture -o copy
mkdir full && touch full/file
refuses "full: is there, is not empty and is no captured tree" -- capture --expose libone.so.1 --force -o full
touch plain
refuses "plain: is there and is no directory" -- capture --expose libone.so.1 -o plain
mv "$libs/libdep.so.1" kept
refuses 'libdep.so.1: is needed by .*/libone.so.1 and is not in the tree' -- capture --expose libone.so.1 -o copy
mv kept "$libs/libdep.so.1"
if [[ $(id -u) != 0 ]]; then
    touch "$tree/data/secret" && chmod 0 "$tree/data/secret"
    refuses 'data/secret: cannot be read: Permission denied' -- capture --expose libone.so.1 --include /data -o copy
    rm -f "$tree/data/secret"
fi
[[ ! -e copy ]] || fail "something was made"
nothing_beside

# An empty directory is taken; a captured tree is replaced only if that is said.
mkdir copy
capture --expose libone.so.1 -o copy >said.txt || fail "into an empty directory: $?"
cp -r copy before
refuses 'copy: is a captured tree; --force replaces it' -- capture --expose libone.so.1 -o copy
echo new >"$tree/data/file"
(ulimit -f 1; head -c 3M /dev/zero >"$tree/data/large") 2>/dev/null || head -c 3M /dev/zero >"$tree/data/large"
limited() { (ulimit -f 1000; capture "$@"); }
refuses 'large: cannot be written' -- limited --expose libone.so.1 --include /data --force -o copy
diff -r copy before || fail "the tree that was there is another one"
rm "$tree/data/large"
truncate -s 20G "$tree/data/endless"
"$bulkhead" capture --tree "$tree" --expose libone.so.1 --include /data --force -o copy 2>stderr.txt &
for ((i = 0; i < 200; ++i)); do ! compgen -G '.copy.bulkhead-capture-*/data/endless' >/dev/null || break; sleep 0.05; done
refuses 'another capture is at it' -- capture --expose libone.so.1 --include /data --force -o copy
kill -TERM $!
status=0; wait $! || status=$?
[[ $status == 125 && $(<stderr.txt) == *'interrupted (Terminated); nothing was written'* ]] || fail "exit $status: $(<stderr.txt)"
diff -r copy before || fail "the tree that was there is another one"
nothing_beside
rm "$tree/data/endless"
# What one left that was killed is no hindrance.
mkdir -p .copy.bulkhead-capture-AbCd12/usr/lib && touch .copy.bulkhead-capture-AbCd12/usr/lib/libhalf.so.1
capture --expose libone.so.1 --include /data --force -o copy >said.txt || fail "--force: $?"
[[ $(<copy/data/file) == new && ! -e copy/usr/lib/libhalf.so.1 ]] || fail "the new one is not whole"
nothing_beside
program main "$libs/libone.so.1" <<<'int one(void); int main(void) { return one() - 1; }'
expect "" "$bulkhead" run --tree copy --expose libone.so.1 -- ./main
