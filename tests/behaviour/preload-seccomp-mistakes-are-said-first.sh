#!/usr/bin/env bash
# Mistakes of a policy are said by line and column, a policy that is too long as well, before the program is
# started; what the kernel lacks ends it with 125 before its constructors.
# shellcheck source=tests/behaviour/preload.bash
source "$(dirname "$0")/preload.bash"

tool libtool.so <<<'int getppid(void) { return 1; }'
program program <<'END'
#include <fcntl.h>
__attribute__((constructor)) static void begin(void) { open("started", O_CREAT, 0600); }
int main(void) { return 0; }
END
refused() { # PATTERN… -- COMMAND…
    refuses "$@"
    [[ ! -e started ]] || fail "the program was started"
}
seccomp() { preload --seccomp policy.toml "$host/libtool.so" -- ./program; }
printf '[region.libc]\n\nerrno.EPERM = "conect"\n' >policy.toml
refused 'policy\.toml:3:15: "conect" is not a system call.*connect' -- seccomp
printf '[region.tol]\n' >policy.toml
refused 'policy\.toml:1:[0-9]+: "tol" is not a region' -- seccomp
refused 'absent\.toml: .*[Nn]o such file' -- preload --seccomp absent.toml "$host/libtool.so" -- ./program
# A variable that is not set must not mean that there are no rules; nor a file that has none.
refused '--seccomp: the file.s name is empty' -- preload --seccomp "" "$host/libtool.so" -- ./program
printf '[region]\n' >policy.toml
refused 'policy\.toml:1:1: there is no region in it' -- seccomp
mkfifo fifo
refused 'fifo: is not a regular file' -- timeout 10 "$bulkhead" preload --seccomp fifo "$host/libtool.so" -- ./program
{
    echo '[region.libc]'
    echo 'kill = ['
    for ((i = 0; i < 4200; ++i)); do echo "{ call = \"ioctl\", arg1 = \"== $i\" },"; done
    echo ']'
} >policy.toml
refused '4096' -- seccomp

# A kernel that lacks seccomp(2), or an action, as far as a process can tell: this one, behind a filter.
printf 'other-abi = "allow"\n[region.libc]\nlog = "uname"\n' >policy.toml
cat >without.py <<'END'
import ctypes, os, struct, sys
# BPF: seccomp(2), number 317, with this operation or any (-1) returns this errno.
error, operation = int(sys.argv[1]), int(sys.argv[2])
is_meant = [(0x20, 0, 0, 16), (0x15, 0, 1, operation)] if operation >= 0 else []
code = [(0x20, 0, 0, 0), (0x15, 0, len(is_meant) + 1, 317), *is_meant,
        (0x06, 0, 0, 0x00050000 | error), (0x06, 0, 0, 0x7fff0000)]
filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in code))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(filters)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program):
    sys.exit(77)
os.execvp(sys.argv[3], sys.argv[3:])
END
command -v python3 >/dev/null || skip "there is no python3"
python3 without.py 38 -1 true || skip "no filter can be installed here"
refused 'cannot install the seccomp policy: this kernel has no seccomp filters.*seccomp\(2\) is missing.*Linux 3\.17' -- \
    python3 without.py 38 -1 "$bulkhead" preload --seccomp policy.toml "$host/libtool.so" -- ./program
refused 'lacks an action of the seccomp policy: log .*Linux 4\.14' -- \
    python3 without.py 95 2 "$bulkhead" preload --seccomp policy.toml "$host/libtool.so" -- ./program
expect "" seccomp
[[ -e started ]] || fail "the program was not started"
