#!/bin/bash
# A program of another libc's dynamic linker cannot use ours.
. "$(dirname "$0")/cli.bash"
command -v patchelf >/dev/null || skip "patchelf is not installed"
patchelf --set-interpreter /lib/ld-musl-x86_64.so.1 program
refused 125 program musl "glibc" -- run ./program
