#!/bin/bash
# A program whose head cannot be read is no script; and what is to be said is said where writev(2) is not allowed.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || skip "strace is not installed"
strace -qq -o /dev/null true 2>/dev/null || skip "strace is not allowed here"

library libthing.so.1 <<<'int thing(void) { return 7; }'
program user "$libs/libthing.so.1" <<<'int thing(void); int main(void) { return thing() - 7; }'
status=0
strace -qq -o /dev/null -P "$(realpath user)" -e trace=read -e inject=read:error=EIO \
    "$bulkhead" run --tree "$tree" --expose libthing.so.1 -- ./user >said 2>&1 || status=$?
[[ $status == 125 && $(<said) == *"./user: cannot be read: "* ]] || fail "exit $status: $(<said)"

status=0
strace -qq -o /dev/null -e trace=writev -e inject=writev:error=EPERM "$bulkhead" run --tree /nowhere --expose x -- ./user \
    >said 2>&1 || status=$?
[[ $status == 125 && $(<said) == "bulkhead: /nowhere: there is no such tree"* ]] || fail "exit $status: $(<said)"
