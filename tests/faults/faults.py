#!/usr/bin/env python3
"""Each system call of a start fails once with each plausible error; what comes of it is classed.

usage: faults [--products DIR] [--every N] [--offset K] [--scenario NAME]… [--verbose]

  --products DIR   the build tree with bin/bulkhead and lib/ (default: build)
  --every N        only each Nth fault (default: 1, all)
  --offset K       from the Kth on
  --scenario NAME  of: warm, cold, native, opening, shim, interface (default: all)
  --verbose        a line for each fault

Outcomes that are well: it worked; an error with a message; this system's library, with a line that says so, or
where that is what was asked for; a crash that the same error brings natively. Outcomes that are faults of bulkhead's:

  silent   this system's library, and nobody says so
  crash    a signal, where natively there is none
  hang     nothing after 30 seconds
  wrong    another output, with exit status 0
  mute     an error without a word

Exit status: 0 none of those, 1 some, 77 strace cannot be used here.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

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
# What strace itself needs, what does not return, and what never fails so.
LEFT_OUT = {"execve", "exit", "futex", "exit_group", "rt_sigreturn", "arch_prctl", "set_tid_address", "set_robust_list", "wait4"}

PROGRAM = r"""
#include <stdio.h>
int answer(void);
int main(void) { return printf("%d\n", answer()) < 0 || fflush(stdout) ? perror("program"), 1 : 0; }
"""
OPENING = r"""
#include <dlfcn.h>
#include <stdio.h>
int main(void) {
    int (*answer)(void) = 0;
    void *library = dlopen("libthing.so.1", RTLD_NOW);
    if (library) answer = (int (*)(void))dlsym(library, "answer");
    if (!answer) return fprintf(stderr, "%s\n", dlerror()), 1;
    return printf("%d\n", answer()) < 0 || fflush(stdout) ? perror("program"), 1 : 0;
}
"""
INTERFACE = r"""
#include <bulkhead/bulkhead.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    bh_capsule_options options = {.size = sizeof options, .tree = getenv("TREE")};
    bh_capsule *capsule = 0;
    bh_library *library = 0;
    bh_error *error = 0;
    int (*answer)(void) = 0;
    if (bh_capsule_open(&options, &capsule, &error) == BH_OK && bh_library_open(capsule, "libthing.so.1", 0, &library, &error) == BH_OK)
        answer = (int (*)(void))bh_symbol(library, "answer", 0, &error);
    if (!answer) return fprintf(stderr, "%s\n", bh_error_text(error)), 1;
    return printf("%d\n", answer()) < 0 || fflush(stdout) ? perror("program"), 1 : 0;
}
"""
WANTED, NATIVE = "42\n", "1\n"


def compile_c(output, source, *options):
    subprocess.run(["cc", "-w", "-x", "c", "-", "-x", "none", "-o", str(output), *map(str, options)], input=source, text=True, check=True)


class World:
    """A tree, this system's copy, programs, and how each scenario is started."""

    def __init__(self, directory, products):
        self.at = pathlib.Path(directory)
        self.bulkhead = products / "bin" / "bulkhead"
        libs, host = self.at / "tree/usr/lib", self.at / "host"
        for each in (libs, host, self.at / "home"):
            each.mkdir(parents=True)
        shared = ["-shared", "-fPIC"]
        compile_c(libs / "libinner.so.1", "int inner(void) { return 41; }", *shared, "-Wl,-soname,libinner.so.1")
        compile_c(libs / "libthing.so.1", "int inner(void); int answer(void) { return inner() + 1; }", *shared, libs / "libinner.so.1",
                  "-Wl,-soname,libthing.so.1")
        compile_c(host / "libthing.so.1", "int answer(void) { return 1; }", *shared, "-Wl,-soname,libthing.so.1")
        found = ["-Wl,--enable-new-dtags", f"-Wl,-rpath,{host}"]
        compile_c(self.at / "program", PROGRAM, host / "libthing.so.1", *found)
        compile_c(self.at / "opening", OPENING, *found, "-ldl")
        include = pathlib.Path(__file__).resolve().parents[2] / "include"
        compile_c(self.at / "interface", INTERFACE, f"-I{include}", products / "lib/libbulkhead.so.0", f"-Wl,-rpath,{products / 'lib'}")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.at / "home"), "TREE": str(self.at / "tree"), "LC_ALL": "C"}

    def run(self, *options, program="program"):
        return [str(self.bulkhead), "run", "--tree", str(self.at / "tree"), "--expose", "libthing.so.1", *options, "--", str(self.at / program)]

    def scenarios(self):
        shims = str(self.at / "shims")
        return {
            "warm": self.run(),
            "cold": self.run("--no-cache"),
            "native": self.run("--no-cache", "--on-failure", "native"),
            "opening": self.run(program="opening"),
            "shim": [str(self.bulkhead), "shim", "--tree", str(self.at / "tree"), "--expose", "libthing.so.1", "-o", shims],
            "interface": [str(self.at / "interface")],
        }

    def start(self, command, trace, inject=None):
        line = ["strace", "-f", "-qq", "-o", str(trace)]
        if inject:
            line += ["-e", "trace=" + inject[0], "-e", f"inject={inject[0]}:error={inject[1]}:when={inject[2]}"]
        return subprocess.run(line + command, env=self.environment, cwd=self.at, capture_output=True, text=True, timeout=30)


def calls_of(trace):
    """How often each system call was made."""
    counts = collections.Counter()
    for line in trace.read_text(errors="replace").splitlines():
        if match := re.match(r"\d+ +(\w+)\(", line):
            counts[match[1]] += 1
    return counts


def faults_of(counts):
    for name, count in sorted(counts.items()):
        if name in LEFT_OUT:
            continue
        for number in range(1, count + 1):
            for error in ERRORS.get(name, OTHERS):
                yield name, error, number


def is_signal(code):
    return code < 0 or code in range(129, 160)


def class_of(scenario, result, crashes_natively):
    if is_signal(result.returncode):
        return "crash as natively" if crashes_natively else "crash"
    said = [line for line in result.stderr.splitlines() if line.strip()]
    if result.returncode != 0:
        return "error" if said else "mute"
    if scenario == "shim":
        return "worked"
    if result.stdout == WANTED:
        return "worked"
    if result.stdout == NATIVE:
        return "fell back" if said else "silent"
    return "wrong"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ", 1)[1].split("\n", 1)[0], description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", default="build")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--offset", type=int, default=0)
    parser.add_argument("--scenario", action="append")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        print("skipped: strace cannot be used here")
        return 77
    bad = 0
    with tempfile.TemporaryDirectory() as directory:
        world = World(directory, pathlib.Path(options.products).resolve())
        trace = world.at / "trace"
        native_crashes = {}

        def crashes_natively(name, error):
            """Whether the program crashes without bulkhead when some call of that name fails so."""
            if (name, error) not in native_crashes:
                counts = native_counts[name]
                native_crashes[name, error] = any(
                    is_signal(world.start([str(world.at / "program")], trace, (name, error, number)).returncode) for number in range(1, counts + 1))
            return native_crashes[name, error]

        world.start([str(world.at / "program")], trace)
        native_counts = calls_of(trace)
        for scenario, command in world.scenarios().items():
            if options.scenario and scenario not in options.scenario:
                continue
            world.start(command, trace)  # fills the cache
            world.start(command, trace)
            outcomes = collections.Counter()
            for index, fault in enumerate(faults_of(calls_of(trace))):
                if index % options.every != options.offset % options.every:
                    continue
                try:
                    result = world.start(command, trace, fault)
                    outcome = class_of(scenario, result, False)
                    if outcome == "crash":
                        outcome = class_of(scenario, result, crashes_natively(fault[0], fault[1]))
                except subprocess.TimeoutExpired:
                    outcome, result = "hang", None
                outcomes[outcome] += 1
                is_bad = outcome in ("silent", "crash", "hang", "wrong", "mute")
                bad += is_bad
                if is_bad or options.verbose:
                    what = f": {result.returncode} {result.stdout!r} {result.stderr[:300]!r}" if result else ""
                    print(f"{scenario}: {fault[0]} number {fault[2]} {fault[1]}: {outcome}{what}", flush=True)
            print(f"{scenario}: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items())), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
