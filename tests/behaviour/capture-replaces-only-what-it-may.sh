#!/bin/bash
# What appears at the place of a captured tree while it is made stays as it is: a captured tree, unless --force was said, and anything
# else in any case. What was made is on the disk before it has its name.
. "${0%/*}/lib.sh"

library libone.so.1 <<<'int one(void) { return 1; }'
mkdir "$tree/data"
capture() { "$bulkhead" capture --tree "$tree" --expose libone.so.1 "$@"; }
capture -o older >said.txt || fail "exit $?"
touch older/mark

# meanwhile COMMAND… -- OPTION…: the command is run while the tree is copied; leaves the status and stderr.txt.
meanwhile() {
    local command=()
    while [[ $1 != -- ]]; do command+=("$1"); shift; done
    shift
    truncate -s 20G "$tree/data/endless"
    "$bulkhead" capture --tree "$tree" --expose libone.so.1 --include /data "$@" -o copy >said.txt 2>stderr.txt &
    for ((i = 0; i < 200; ++i)); do ! compgen -G '.copy.bulkhead-capture*/data/endless' >/dev/null || break; sleep 0.05; done
    kill -STOP $!
    "${command[@]}"
    truncate -s 1 "$tree/data/endless"  # it ends after all
    kill -CONT $!
    status=0; wait $! || status=$?
    [[ -z $(find . -maxdepth 1 -name '.*bulkhead-capture*') ]] || fail "something stayed: $(ls -A)"
}
exchange() { mv copy moved && "$@" && rm -rf moved; }

meanwhile cp -r older copy --
[[ $status == 125 && $(<stderr.txt) == *'copy: somebody else has made something there meanwhile'* ]] || fail "exit $status: $(<stderr.txt)"
diff -r older copy || fail "the tree that somebody made is another"
rm -r copy
meanwhile mkdir copy --
[[ $status == 0 && -e copy/data/endless ]] || fail "into an empty directory: exit $status: $(<stderr.txt)"
rm -r copy
meanwhile touch copy --
[[ $status == 125 && -f copy ]] || fail "a file: exit $status: $(<stderr.txt)"
rm copy

meanwhile cp -r older copy -- --force
[[ $status == 0 && -e copy/data/endless && ! -e copy/mark ]] || fail "--force: exit $status: $(<stderr.txt)"
mkdir -p work && touch work/precious
meanwhile exchange cp -r work copy -- --force
[[ $status == 125 && $(<stderr.txt) == *'copy: is no captured tree any more; it is as it was'* ]] || fail "exit $status: $(<stderr.txt)"
diff -r work copy || fail "what is no captured tree is another"
rm -r copy
cp -r older copy
meanwhile rm -r copy -- --force
[[ $status == 0 && -e copy/data/endless ]] || fail "--force, and nothing is there any more: exit $status: $(<stderr.txt)"

command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null || exit 0
strace -qq -o calls.txt -e trace=syncfs,rename,renameat,renameat2 "$bulkhead" capture --tree "$tree" --expose libone.so.1 -o last >said.txt
[[ $(grep -o '^[a-z0-9]*(' calls.txt | tr -d '\n') == syncfs\(rename* ]] || fail "$(<calls.txt)"
