#!/usr/bin/env python3
"""Each system call of a start fails once with each plausible error; what comes of it is classed.

usage: faults [--products DIR] [--every N] [--offset K] [--scenario NAME]… [--only CALL]… [--verbose]

  --products DIR   the build tree with bin/bulkhead and lib/ (default: build)
  --every N        only each Nth fault (default: 1, all)
  --offset K       from the Kth on
  --scenario NAME  of: warm, cold, native, native-warm, strict, opening, shim, preload, preload-cold,
                   preload-isolated, interface, interface-isolated (default: all)
  --only CALL      only faults of that system call, such as mmap
  --verbose        a line for each fault

Where memory is asked for by an anonymous mmap there are two faults more: this call and the next fail, since bulkhead's
own arenas ask once more for less; and there is no memory from then on.

Outcomes that are well: it worked; an error with a message; this system's library, with a line that says so, or
where that is what was asked for; a crash that the same error brings natively. Outcomes that are faults of bulkhead's:

  silent   this system's library, or the program without its tool, and nobody says so
  crash    a signal, where natively there is none
  hang     nothing after 30 seconds
  wrong    another output, with exit status 0
  mute     an error without a word, where natively there is a word

Exit status: 0 none of those, 1 some, 77 strace cannot be used here.
"""
import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from world import NATIVE, WANTED, World

ERRORS = {
    "openat": ["EMFILE", "ENFILE", "ENOMEM", "EACCES", "EIO"],
    "openat2": ["EMFILE", "ENOMEM", "EACCES", "EAGAIN"],
    "memfd_create": ["EMFILE", "ENFILE", "ENOMEM"],
    "read": ["EIO", "ENOMEM"],
    "pread64": ["EIO"],
    "write": ["EIO", "ENOSPC"],
    "writev": ["ENOSPC", "EIO"],
    "mkdir": ["ENOSPC", "EACCES", "EROFS"],
    "rename": ["ENOSPC", "EACCES"],
    "renameat2": ["ENOSYS", "EACCES"],
    "symlink": ["ENOSPC", "EPERM"],
    "chmod": ["EPERM"],
    "getdents64": ["EIO"],
    "readlink": ["EIO", "EACCES"],
    "newfstatat": ["EIO", "ENOMEM", "EACCES"],
    "fstat": ["EIO"],
    "mmap": ["ENOMEM", "EACCES"],
    "mprotect": ["ENOMEM", "EACCES"],
    "munmap": ["ENOMEM"],
    "fcntl": ["EMFILE"],
}
OTHERS = ["ENOMEM"]
# What strace itself needs, what does not return, and what never fails so. (A brk that fails returns the break as it was,
# which cannot be said beforehand.)
LEFT_OUT = {"brk", "execve", "exit", "futex", "exit_group", "rt_sigreturn", "arch_prctl", "set_tid_address", "set_robust_list", "wait4"}
BAD = ("silent", "crash", "hang", "wrong", "mute")


def calls_of(trace):
    """How often each system call was made, and which mmap asks for memory."""
    counts, memory = collections.Counter(), set()
    for line in trace.read_text(errors="replace").splitlines():
        if match := re.match(r"\d+ +(\w+)\(", line):
            counts[match[1]] += 1
            if match[1] == "mmap" and "MAP_ANONYMOUS" in line and "PROT_NONE" not in line:
                memory.add(counts["mmap"])
    return counts, memory


def faults_of(counts, memory):
    for name, count in sorted(counts.items()):
        if name in LEFT_OUT:
            continue
        for number in range(1, count + 1):
            for error in ERRORS.get(name, OTHERS):
                yield name, error, str(number)
            if name == "mmap" and number in memory:
                yield name, "ENOMEM", f"{number}..{number + 1}"
                yield name, "ENOMEM", f"{number}+"


def is_signal(code):
    return code < 0 or code in range(129, 160)


def said(result):
    return any(line.strip() for line in result.stderr.splitlines())


class Natively:
    """What the same fault does to a program without bulkhead."""

    def __init__(self, world):
        self.world, self.counts, self.known = world, {}, {}

    def results(self, program, fault):
        command = [str(self.world.at / program)]
        if program not in self.counts:
            self.world.start(command)
            self.counts[program] = calls_of(self.world.trace)[0]
        name, error, when = fault
        form = re.sub(r"\d+", "N", when)
        key = program, name, error, form
        if key not in self.known:
            numbers = range(1, self.counts[program][name] + 1)
            forms = (form.replace("N..N", f"{n}..{n + 1}").replace("N", str(n)) for n in numbers)
            self.known[key] = [self.world.start(command, (name, error, each)) for each in forms]
        return self.known[key]

    def crashes(self, program, fault):
        return any(is_signal(each.returncode) for each in self.results(program, fault))

    def is_mute(self, program, fault):
        return any(each.returncode != 0 and not is_signal(each.returncode) and not said(each) for each in self.results(program, fault))


def class_of(result):
    if is_signal(result.returncode):
        return "crash"
    if result.returncode != 0:
        return "error" if said(result) else "mute"
    if result.stdout == WANTED:
        return "worked"
    if result.stdout == NATIVE:
        return "fell back" if said(result) else "silent"
    return "wrong"


def outcome_of(world, scenario, command, program, fault, natively):
    if scenario == "shim":
        shutil.rmtree(world.shims, ignore_errors=True)
    try:
        result = world.start(command, fault)
        outcome = class_of(result)
        if scenario == "shim" and result.returncode == 0:
            result = world.use_shims()
            outcome = class_of(result)
            if outcome != "worked":
                outcome = "wrong"  # what was written well works
        if outcome == "crash" and natively.crashes(program, fault):
            outcome = "crash as natively"
        if outcome == "mute" and natively.is_mute(program, fault):
            outcome = "mute as natively"
    except subprocess.TimeoutExpired:
        return "hang", None
    return outcome, result


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ", 1)[1].split("\n", 1)[0], description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", default="build")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--only", action="append")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        print("skipped: strace cannot be used here")
        return 77
    bad = 0
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory, pathlib.Path(options.products).resolve())
        natively = Natively(world)
        for scenario, (command, program) in world.scenarios().items():
            if options.scenario and scenario not in options.scenario:
                continue
            world.start(command)  # fills the cache
            if (first := world.start(command)).returncode != 0 or scenario != "shim" and first.stdout != WANTED:
                sys.exit(f"{scenario} does not work without faults: {first}")
            outcomes = collections.Counter()
            faults = [fault for fault in faults_of(*calls_of(world.trace)) if not options.only or fault[0] in options.only]
            for fault in faults[options.offset % options.every::options.every]:
                outcome, result = outcome_of(world, scenario, command, program, fault, natively)
                outcomes[outcome] += 1
                bad += outcome in BAD
                if outcome in BAD or options.verbose:
                    what = f": {result.returncode} {result.stdout!r} {result.stderr[:300]!r}" if result else ""
                    print(f"{scenario}: {fault[0]} number {fault[2]} {fault[1]}: {outcome}{what}", flush=True)
            print(f"{scenario}: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
