#!/bin/bash
# gdb finds its way out of callbacks: from the tool's stack, through the handler and the engine, to
# the program's code that made the call, in a thread; and the program goes on.
# usage: debugger.sh dispatch|filter INTERCEPT-THREADS
set -euo pipefail

if [[ ${1:-} == --help || $# != 2 ]]; then
    sed -n '2,4s/^# //p' "$0"
    exit 0
fi
[[ -n $(type -p gdb) ]] || { echo "skipped: there is no gdb"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/commands" <<GDB
set pagination off
set confirm off
set startup-with-shell off
set breakpoint pending on
set environment OBSERVER_MECHANISM=$1
set environment OBSERVER_AFTER=1
handle SIGSYS nostop noprint pass
tbreak before if call.number == 110
tbreak after if call.number == 110
run counted
backtrace
continue
backtrace
continue
GDB
said=$(gdb -nx -q -batch -x "$scratch/commands" "$2" 2>&1) || { echo "$said"; exit 1; }
[[ $said != *"ptrace: Operation not permitted"* ]] || { echo "skipped: gdb may not trace here"; exit 77; }

# The names of functions from the callback to the thread's own.
way_out() { # CALLBACK
    awk -v first="$1" '/^#0 / { on = index($0, first) } /^#/ && on { print }' <<<"$said"
}
for callback in before after; do
    for function in "syscall ()" call_often start_thread; do
        [[ $(way_out "::$callback ") == *"$function"* ]] || { echo "no $function behind $callback; gdb said: $said"; exit 1; }
    done
done
[[ $said == *"exited normally"* ]] || { echo "the program did not go on; gdb said: $said"; exit 1; }
