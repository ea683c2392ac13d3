#!/bin/bash
# A tree is somebody else's, who may replace a file at any time: by rename, which nobody notices, or by cutting it,
# which ends the command with a message, not by a signal.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip "python3 is not installed"
command -v strace >/dev/null || skip "strace is not installed"
strace -qq -o /dev/null true 2>/dev/null || skip "strace is not allowed here"

library libthing.so.1 <<<'int thing(void) { return 7; } char room[300000] = {1};'
program user "$libs/libthing.so.1" <<<'int thing(void); int main(void) { return thing() - 7; }'
cp "$libs/libthing.so.1" whole
ln -s /usr/lib/libthing.so.1 "$tree/libthing.so.1"

# while_it_changes CALL CHANGE…: runs explain while another process changes the file over and over; the statuses are in
# `statuses`, what was said in `said`. After each such system call the command waits for 3 ms, so that something happens.
while_it_changes() {
    "${@:2}" &
    local changing=$! status
    statuses=()
    until [[ -e begun ]]; do sleep 0.01; done
    rm begun
    for ((i = 0; i < 20; i++)); do
        status=0
        strace -qq -o /dev/null -e trace="$1" -e inject="$1:delay_exit=3000" \
            "$bulkhead" explain --tree "$tree" --expose libthing.so.1 -- ./user >>said 2>&1 || status=$?
        statuses+=("$status")
    done
    kill "$changing"
    wait "$changing" 2>/dev/null || true
}

rename_over_and_over() {
    exec python3 - "$libs" "$scratch/begun" <<'PYTHON'
import os, shutil, sys, time
os.chdir(sys.argv[1])
for copy in ("one", "other"):
    shutil.copyfile("libthing.so.1", copy)
open(sys.argv[2], "w")
while True:
    for copy in ("one", "other"):
        os.link(copy, "new")
        os.rename("new", "libthing.so.1")
        time.sleep(0.02)
PYTHON
}
while_it_changes openat2 rename_over_and_over
for status in "${statuses[@]}"; do
    [[ $status == 0 ]] || fail "with renames explain ended with $status: $(tail -2 said)"
done

cut_over_and_over() {
    exec python3 - "$libs/libthing.so.1" "$scratch/begun" <<'PYTHON'
import os, sys, time
whole = open(sys.argv[1], "rb").read()
file = os.open(sys.argv[1], os.O_RDWR)
open(sys.argv[2], "w")
while True:
    os.ftruncate(file, 0)
    os.pwrite(file, whole, 0)
    time.sleep(0.005)
PYTHON
}
while_it_changes mmap cut_over_and_over
for status in "${statuses[@]}"; do
    [[ $status == 0 || $status == 125 ]] || fail "with cuts explain ended with $status: $(tail -2 said)"
done

# A file that is short from the beginning is only a damaged one.
head -c 5000 whole >"$libs/libthing.so.1"
"$bulkhead" explain --tree "$tree" --expose libthing.so.1 >said 2>&1 && fail "half a library is taken"
grep -q 'libthing.so.1.*truncated' said || fail "half a library is not named: $(<said)"
