#!/bin/bash
# For a static program no dynamic linker is started that could give it another library.
. "$(dirname "$0")/cli.bash"
cc -static -x c - -o static 2>/dev/null <<<'int main(void) { return 0; }' || skip "there is no static libc"
refused 125 static "statically linked" "dynamically linked build" -- run ./static
