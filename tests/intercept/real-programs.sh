#!/bin/bash
# Programs of this system say the same with their calls intercepted, and each call was seen once.
# usage: real-programs.sh dispatch|filter LIBOBSERVER
set -euo pipefail

if [[ ${1:-} == --help || $# != 2 ]]; then
    sed -n '2,3s/^# //p' "$0"
    exit 0
fi
mechanism=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# ld.so takes LD_PRELOAD apart at spaces, which the path of a clone may have.
observer=$scratch/libobserver.so
ln -s "$(realpath "$2")" "$observer"
cd "$scratch"
export LC_ALL=C OBSERVER_MECHANISM=$mechanism HOME=$scratch

fail() { echo "failed: $*"; exit 1; }
intercepted() { OBSERVER_COUNTS=$scratch/counts LD_PRELOAD=$observer "$@"; }
seen() { # NUMBER: how many such calls were shown
    od -An -t u8 -j $(($1 * 8)) -N 8 counts | tr -d ' '
}
same() { # WHAT COMMAND…
    local expected status=0 got
    expected=$("${@:2}" 2>&1) || status=$?
    got=$(intercepted "${@:2}" 2>&1) || [[ $? == "$status" ]] || fail "$1: another exit status; it said: $got"
    [[ $got == "$expected" ]] || fail "$1: expected: $expected; got: $got"
}

# The program itself, not what starts it: with the filter it could not be started.
python=$(python3 -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))')
cat >work.py <<'PYTHON'
import hashlib, os, signal, sys, tempfile, threading, time
total = []
def work(number):
    with tempfile.NamedTemporaryFile() as file:
        for i in range(50):
            file.write(b"%d\n" % i)
            file.flush()
        file.seek(0)
        total.append((number, hashlib.sha256(file.read()).hexdigest()))
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
pid = os.fork()
if pid == 0: os._exit(7)
print(sorted(total), os.waitpid(pid, 0)[1])
time.sleep(0.05)
signal.setitimer(signal.ITIMER_REAL, 0)
PYTHON
same "python3" "$python" work.py

mkdir repository
(
    cd repository
    git init -q .
    for i in $(seq 200); do echo "$i" >"file$i"; done
    git add file1*
    git -c user.name=a -c user.email=a@b commit -qm one
    echo changed >file10
)
same "git status" git -C repository status
[[ $mechanism == filter ]] || same "git log, through a pager" git -C repository -c core.pager=cat -p log --stat
if [[ $mechanism == dispatch ]]; then
    # shellcheck disable=SC2016 # the shell that is tested expands it
    same "a shell with pipes" bash -c 'for i in 1 2 3; do echo $i | cat | tr 123 abc; done; ls repository | wc -l; (exit 3)'
    same "python3 with children" "$python" -c '
import subprocess, concurrent.futures as f
def run(n): return subprocess.run(["sh", "-c", f"echo {n}; exit {n % 5}"], capture_output=True)
with f.ThreadPoolExecutor(8) as pool: print([(r.stdout, r.returncode) for r in pool.map(run, range(100))])'
fi

if command -v strace >/dev/null; then
    strace -f -qq -e trace=getdents64 -o trace find /usr/include >native
    rm -f counts
    intercepted find /usr/include >ours
    cmp native ours || fail "find: other output"
    [[ $(seen 217) == "$(wc -l <trace)" ]] || fail "find: $(seen 217) getdents64 seen, $(wc -l <trace) made"
fi
