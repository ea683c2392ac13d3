#!/bin/bash
# A shim directory, without the launcher, where /proc is not mounted, memfd_create is forbidden or a
# library of bulkhead's is missing: a message that says what to do, exit 125.
. "${0%/*}/lib.sh"

library libexposed.so.1 <<<'int exposed(void) { return 0; }'
program main "$libs/libexposed.so.1" <<<'int exposed(void); int main(void) { return exposed(); }'
"$bulkhead" shim --tree "$tree" --expose libexposed.so.1 -o shims
export LD_LIBRARY_PATH=$scratch/shims

# Forbids one system call, then starts a program.
program without <<'END'
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(int count, char **arguments) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, atoi(arguments[1]), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(arguments[2])),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {4, filter};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 77;
  execv(arguments[3], arguments + 3);
}
END
number() { echo "#include <asm/unistd.h>
__NR_$1" | gcc -E -P - | tail -1; }
expect "" ./without "$(number getpid)" 1 ./main
refuses "libexposed.so.1" "memfd_create was refused" "not permitted" "seccomp" -- ./without "$(number memfd_create)" 1 ./main
refuses "memfd_create" "lacks this system call" -- ./without "$(number memfd_create)" 38 ./main
# Old kernels, and sandboxes that do not know it: paths are walked instead.
expect "" ./without "$(number openat2)" 38 ./main

if unshare -m true 2>/dev/null; then
    refuses "/proc is not mounted" "mount it" -- unshare -m sh -c 'mount -t tmpfs none /proc && exec ./main'
else
    echo "no private mounts here; /proc was left as it is"
fi

# A library of the tree that needs a glibc newer than this one, and no compat.
[[ $(getconf GNU_LIBC_VERSION) < "glibc 2.38" ]] || exit 0
echo 'GLIBC_2.38 { strlcpy; };' >libc.map
at=. library libc.so.6 -nostdlib -Wl,--version-script=libc.map <<<'void strlcpy(void) {}'
library libexposed.so.1 -nostdlib -fno-builtin ./libc.so.6 <<'END'
unsigned long strlcpy(char *, const char *, unsigned long);
int exposed(void) { char text[4]; return strlcpy(text, "abcd", 4) != 4 || text[2] != 'c' || text[3]; }
END
expect "" ./main
rm shims/libbulkhead-compat.so.0
refuses "libexposed.so.1" "libbulkhead-compat.so.0" -- ./main
