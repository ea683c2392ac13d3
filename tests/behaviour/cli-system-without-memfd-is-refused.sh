#!/bin/bash
# Where memfd_create(2) is not allowed no capsule can be opened: said before the start.
. "$(dirname "$0")/cli.bash"
cc -x c - -o without <<'END' || skip "no headers for seccomp"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **arguments) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 38),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (count < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program)) return 77;
  execvp(arguments[1], arguments + 1);
  return 1;
}
END
./without true || skip "seccomp filters are not possible here"
refused 125 memfd_create "seccomp" -- ./without "$bulkhead" run --tree tree --expose libthing.so.1 -- ./program
! ./without "$bulkhead" doctor >said || fail "doctor finds nothing wrong"
grep "^fail  memfd" said
