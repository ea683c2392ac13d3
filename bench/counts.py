"""What is counted, and so the same on every machine: instructions, system calls and page faults.

Each figure is what a row does beyond what it is compared with. All happens below a directory whose name has always the
same length, without the caller's environment, and glibc is told to take the functions that every processor can run. Page
faults depend on the kernel a little, the other two do not.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from table import Row, Skip

_PREFIX = "/tmp/bulkhead-counts-"
# Else memcpy and its like would be another function on another processor, and ld.so look into other directories.
_ANY_PROCESSOR = "GLIBC_TUNABLES=glibc.cpu.hwcaps=" + ",".join(
    "-" + feature for feature in ("AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "AVX512CD", "AVX512DQ", "ERMS",
                                  "FSRM", "BMI1", "BMI2", "LZCNT", "MOVBE", "FMA", "F16C"))
_REOPENINGS = 10
KINDS = ("instructions", "system calls", "page faults")


@dataclasses.dataclass
class Counts:
    """One of each kind, in their order."""
    figures: tuple

    def beyond(self, other, times=1):
        return Counts(tuple(round((a - b) / times) for a, b in zip(self.figures, other.figures)))


class Counter:
    """Copies of the build's programs, shims, and how they are counted."""

    def __init__(self, build, directory):
        for tool in "valgrind", "strace":
            if not shutil.which(tool):
                raise Skip(f"{tool} is not installed (script/setup installs it)")
        self._directory = pathlib.Path(directory)
        self._command = build / "bin/bulkhead"
        self._programs = build / "bench"
        shutil.copy(build / "lib/libbulkhead.so.0", self._within("lib") / "libbulkhead.so.0")
        self.nowhere = self._within("none")

    def _within(self, name):
        path = self._directory / name
        path.mkdir(exist_ok=True)
        return path

    def program(self, name):
        if not (self._programs / name).exists():
            raise Skip(f"{name} was not built (are the headers that it needs installed?)")
        return shutil.copy(self._programs / name, self._within("bin") / name)

    def command(self):
        """A copy of the command, with what belongs to it."""
        for library in (self._programs.parent / "lib").glob("libbulkhead*.so.0"):
            shutil.copy(library, self._within("lib") / library.name)
        shutil.copytree(self._programs.parent / "share/bulkhead", self._within("share") / "bulkhead", dirs_exist_ok=True)
        return shutil.copy(self._command, self._within("bin") / "bulkhead")

    def library(self, name):
        """The path of a library of this system."""
        listed = subprocess.run(["ldconfig", "-p"], check=True, capture_output=True, text=True,
                                env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}).stdout
        found = re.search(rf"^\s*{re.escape(name)} \(libc6,x86-64\S*\).* => (\S+)$", listed, re.MULTILINE)
        if not found:
            raise Skip(f"this system has no {name}")
        return found[1]

    def shims(self, *libraries):
        exposed = [word for library in libraries for word in ("--expose", library)]
        directory = self._directory / "shims"
        shutil.rmtree(directory, ignore_errors=True)
        subprocess.run([self._command, "shim", "--tree", "/", *exposed, "-o", directory], check=True,
                       capture_output=True, env={"PATH": os.environ.get("PATH", "")})
        return "shims"

    def count(self, libraries, *command):
        """Counts of a command that finds libraries in that directory first."""
        environment = ["env", "-i", "PATH=/usr/bin:/bin", _ANY_PROCESSOR, f"LD_LIBRARY_PATH={self._directory / libraries}",
                       f"HOME={self._within('home')}"]
        words = [str(word) for word in command]
        counted = subprocess.run([*environment, "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words],
                                 check=True, capture_output=True, text=True).stderr
        # Of what becomes another program nothing is said.
        collected = re.search(r"Collected : (\d+)", counted)
        instructions = int(collected[1]) if collected else 0
        trace = self._directory / "trace"
        # By way of env, whose own calls come before the last execve.
        subprocess.run(["strace", "-f", "-o", trace, *environment, *words], check=True, capture_output=True)
        lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
        begin = min(i for i, line in enumerate(lines) if f' execve("{words[0]}"' in line and line.endswith(" = 0"))
        calls = sum("(" in line and "resumed>" not in line for line in lines[begin:])
        return Counts((instructions, calls, min(self._faults([*environment[1:], *words]) for _ in range(7))))

    @staticmethod
    def _faults(words):
        """Of a process that the first one becomes: env's own are counted with it, on both sides."""
        child = os.posix_spawn("/usr/bin/env", ["env", *words], {},
                               file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
        _, status, usage = os.wait4(child, 0)
        if status != 0:
            raise subprocess.CalledProcessError(status, words)
        return usage.ru_minflt


def _start(counter, name, *libraries):
    program = counter.program(name)
    native = counter.count("none", program)
    return counter.count(counter.shims(*libraries), program).beyond(native)


def libz_start(counter):
    """start of a program linked to libz"""
    return _start(counter, "use-libz", "libz.so.1")


def libssl_start(counter):
    """start of a program linked to libssl"""
    return _start(counter, "use-libssl", "libssl.so.3", "libcrypto.so.3")


def _namespaces(counter, *words):
    return counter.count("lib", counter.program("namespaces"), *words)


def empty_capsule(counter):
    """opening an empty capsule"""
    return _namespaces(counter, "open", "1").beyond(_namespaces(counter, "open", "0"))


def capsule_and_libz(counter):
    """opening a capsule and libz"""
    return _namespaces(counter, "shared", counter.library("libz.so.1")).beyond(_namespaces(counter, "open", "0"))


def reopening(counter):
    """a library opened and closed in an open one"""
    library = counter.library("libz.so.1")
    once, often = (_namespaces(counter, "again", library, str(times)) for times in (1, 1 + _REOPENINGS))
    return often.beyond(once, _REOPENINGS)


def version(counter):
    """bulkhead --version"""
    return counter.count("none", counter.command(), "--version")


def cold_plan(counter):
    """bulkhead explain, libz"""
    return counter.count("none", counter.command(), "explain", "--tree", "/", "--expose", "libz.so.1")


def warm_run(counter):
    """bulkhead run, warm, libz"""
    run = counter.command(), "run", "--tree", "/", "--expose", "libz.so.1", "--", counter.program("use-libz")
    time.sleep(2.1)  # how a start went is not written down of a program that has just been written
    counter.count("none", *run)
    by_hand = counter.count(f"{counter.shims('libz.so.1')}:{counter.nowhere}", run[-1])
    counted = counter.count("none", *run).beyond(by_hand)
    return Counts((0, *counted.figures[1:]))  # instructions of what becomes another program nobody counts here


ALL = [version, cold_plan, warm_run, libz_start, libssl_start, empty_capsule, capsule_and_libz, reopening]


def count_all(build):
    """(title, Counts) of each row."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir="/") as directory:
        counter = Counter(build.resolve(), directory)
        for row in ALL:
            yield row.__doc__, row(counter)


def counts(place):
    """Instructions, system calls and page faults."""
    for title, counted in count_all(place.programs.parent):
        for kind, figure in zip(KINDS, counted.figures):
            yield Row(title, "without it", kind, figure, 0, "difference", figure)
