#!/bin/bash
# Whatever ends the making of a tree – a signal at any moment, a limit, another who makes the same – leaves what was there
# before, and nothing else that counts. The next command removes what a killed one left.
. "$(dirname "$0")/cli.bash"
unset XDG_DATA_HOME
shelf=$HOME/.local/share/bulkhead/trees

library libthing.so.1
for i in $(seq 300); do
    mkdir -p "tree/usr/share/$((i % 20))"
    head -c 200000 /dev/zero >"tree/usr/share/$((i % 20))/$i"
done
whole=$(find tree | wc -l)

# A tree that can be seen is a whole one.
whole_or_none() {
    [[ ! -e $shelf/mine ]] || [[ $(find "$shelf/mine/tree" | wc -l) == "$whole" && -s $shelf/mine/manifest.json ]] ||
        fail "half a tree: $(find "$shelf/mine/tree" | wc -l) of $whole"
}
left() { find "$shelf" -mindepth 1 -maxdepth 1 -name '.*' | wc -l; }

interrupted=0 made=0
for signal in INT TERM HUP KILL; do
    for delay in 0 0.02 0.05 0.1 0.2 0.4; do
        # bash has its jobs ignore SIGINT.
        python3 - "$signal" "$delay" "$bulkhead" tree add mine --from tree <<'END' || fail "see above"
import signal, subprocess, sys, time
number = getattr(signal, "SIG" + sys.argv[1])
child = subprocess.Popen(sys.argv[3:], stderr=subprocess.DEVNULL, preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (1, 2)])
time.sleep(0.005 + float(sys.argv[2]))
child.send_signal(number)
status = child.wait()
sys.exit(status not in (0, -number) and f"exit {status} after {number}")
END
        whole_or_none
        if [[ -e $shelf/mine ]]; then
            made=$((made + 1))
            "$bulkhead" tree remove mine
        else
            interrupted=$((interrupted + 1))
            [[ $signal == KILL || ! -d $shelf || $(left) == 0 ]] || fail "SIG$signal left $(ls -A "$shelf")"
        fi
    done
done
echo "$interrupted interrupted, $made made"
[[ $interrupted -gt 0 ]] || skip "this machine is too fast to be interrupted"
"$bulkhead" tree list -q 2>/dev/null
"$bulkhead" tree add other --from tree -q || fail "add"
[[ $(left) == 0 ]] || fail "what was killed is still there: $(ls -A "$shelf")"

# What is left of a killed one goes, what is being made does not.
mkdir "$shelf/.making-mine-AAAAAA" "$shelf/.making-mine-BBBBBB" "$shelf/.gone-mine-CCCCCC"
flock "$shelf/.making-mine-BBBBBB" sh -c "'$bulkhead' tree remove other && ls -A '$shelf' >left.txt"
[[ $(<left.txt) == .making-mine-BBBBBB ]] || fail "left: $(<left.txt)"

# Several at once: one makes it, the others are told.
for i in 1 2 3; do
    { "$bulkhead" tree add mine --from tree 2>"said.$i" && echo "$i" >>winners.txt; } &
done
wait
[[ $(wc -l <winners.txt) == 1 ]] || fail "made by: $(<winners.txt)"
[[ $(grep -lE 'there is a tree of that name|somebody else has made' said.? | wc -l) == 2 ]] || fail "$(cat said.?)"
whole_or_none
[[ $(left) == 0 ]] || fail "left: $(ls -A "$shelf")"

# No room: files may not grow beyond a limit, in place of a full disk (tests/real/larger fills one).
printf '%3000000s' x >tree/usr/share/large
for action in "add other --from tree" "update mine"; do
    status=0
    # shellcheck disable=SC2086 # words
    (ulimit -f 1000; "$bulkhead" tree $action 2>said.txt) || status=$?
    [[ $status == 125 ]] && grep -q 'large: cannot be written: File too large' said.txt || fail "$action: exit $status, $(<said.txt)"
    [[ $(left) == 0 && ! -e $shelf/other ]] || fail "left: $(ls -A "$shelf")"
    whole_or_none
done
rm tree/usr/share/large

# Renewed and removed while others start programs on it: each start finds the old one or the new one, until there is none.
cc -x c - -x none -o program tree/usr/lib/libthing.so.1 <<<'int libthing_answer(void); int main(void) { return libthing_answer() != 42; }'
for i in 1 2 3; do "$bulkhead" tree update mine -q || touch failed; done &
while kill -0 $! 2>/dev/null; do
    "$bulkhead" run -t mine -e libthing.so.1 ./program 2>said.txt || grep -qE 'changed|No such' said.txt || fail "while it is renewed: $(<said.txt)"
done
[[ ! -e failed ]] || fail "update"
"$bulkhead" run -t mine -e libthing.so.1 ./program || fail "after that"
