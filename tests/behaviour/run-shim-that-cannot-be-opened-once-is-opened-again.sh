#!/bin/bash
# Where ld.so cannot open a file it looks for the next one of that name, and says nothing. The next one is the shim once
# more, and not this system's library: for what a program is linked to, what it opens, and in its children.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || skip "there is no strace"
[[ $(printf '%s\n' 2.33 "$(getconf GNU_LIBC_VERSION | sed 's/.* //')" | sort -V | sed -n 1p) == 2.33 ]] ||
    skip "before glibc 2.33 ld.so looks into no directories for processors"
strace -o /dev/null true 2>/dev/null || skip "strace is not possible here"
grep -q sse4_2 /proc/cpuinfo || skip "this processor has no level above the first"

library libthing.so.1 <<<'int answer(void) { return 42; }'
at=$host library libthing.so.1 <<<'int answer(void) { return 1; }'
program linked "$host/libthing.so.1" "-Wl,-rpath,$host" -Wl,--enable-new-dtags <<'END_OF_SOURCE'
#include <stdio.h>
int answer(void);
int main(void) { return printf("%d\n", answer()) < 0; }
END_OF_SOURCE
program opening "-Wl,-rpath,$host" -Wl,--enable-new-dtags <<'END_OF_SOURCE'
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
    int (*answer)(void);
    void *library = dlopen("libthing.so.1", RTLD_NOW);
    if (!library || !(answer = dlsym(library, "answer"))) return puts(dlerror()), 1;
    return printf("%d\n", answer()) < 0;
}
END_OF_SOURCE
"$bulkhead" shim --tree "$tree" --expose libthing.so.1 -o shims >/dev/null
export LD_LIBRARY_PATH=$scratch/shims
for error in EMFILE ENFILE ENOMEM EACCES EIO EINTR ELOOP; do
    for command in ./linked ./opening "sh -c ./linked"; do
        # The first that exists: what is not there is not opened anyway.
        # shellcheck disable=SC2086 # words
        said=$(strace -f -o trace -P "$scratch/shims/glibc-hwcaps/x86-64-v2/libthing.so.1" \
            -e "inject=openat:error=$error:when=1" $command) || fail "$error: $command ended with $?"
        grep -q INJECTED trace || fail "$error: $command: nothing was opened: $(<trace)"
        [[ $said == 42 ]] || fail "$error: $command said $said, as natively"
    done
done
