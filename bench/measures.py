"""What is measured. Each function yields rows; the first line of its text is its title."""

import shutil
import subprocess
import sys

from counts import counts
from table import Row, Skip

# How much a measured ratio varies here when a thing is compared with itself.
_CALL_NOISE = 0.03
_OPEN_NOISE = 0.05


def call(place):
    """Calls through a bound shim."""
    tree = place.programs / "tree"
    ours = place.shims("libbench-callee.so.1", tree=tree)
    native = f"LD_LIBRARY_PATH={tree}/usr/lib"
    kinds = {"lazy": "lazy PLT", "now": "PLT, bind now", "noplt": "no PLT"}
    for name, kind in kinds.items():
        program = place.program(f"caller-{name}")
        samples = place.sample(15, [ours, program, "time"], [native, program, "time"], reported=True)
        yield samples.row(f"call of an empty function, {kind}", "direct", "ns", limit=1, noise=_CALL_NOISE)
    for name, kind in kinds.items():
        what = f"the same, {kind}, by count"
        counts = []
        for variable in (ours, native):
            try:
                count = place.call("/usr/bin/env", variable, place.program("steps"),
                                   place.program(f"caller-{name}"), "step")
            except subprocess.CalledProcessError as error:
                if error.returncode != 77:
                    raise
                yield Row(what, skipped=error.stderr.strip())
                break
            counts.append(int(count))
        else:
            yield Row(what, "direct", "instructions", *counts, "difference", counts[0] - counts[1], limit=0)


def open_capsule(place):
    """Opening libssl's closure."""
    opener = place.program("opener")
    tree = place.only("libssl.so.3", "libcrypto.so.3")
    samples = place.sample(300, [place.shims("libssl.so.3"), opener, "dlopen", "libssl.so.3"],
                           [tree, opener, "dlmopen", "libssl.so.3"],
                           [tree, opener, "dlopen", "libssl.so.3"], reported=True).scaled(1e-3)
    yield samples.row("dlopen of libssl's shim", "dlmopen, same files", "ms", limit=1)
    yield samples.row("the same", "dlopen, same files", "ms", other=2)


def start(place):
    """From start to exit, with a directory of shims."""
    for what, name, libraries, limit in (
            ("start of a program linked to libz", "use-libz", ["libz.so.1"], 0.5),
            ("start of a program linked to libssl", "use-libssl", ["libssl.so.3", "libcrypto.so.3"], 1)):
        program = place.program(name)
        samples = place.sample(400, [place.shims(*libraries), program], [program])
        yield samples.row(what, "native", "ms", "difference", limit=limit)


def run_command(place):
    """The command itself."""
    program = place.program("use-libz")
    run = [*place.on_tree("--expose", "libz.so.1"), program]
    shims = [place.shims("libz.so.1"), program]
    samples = place.sample(200, run, shims)
    yield samples.row("bulkhead run, warm cache", "shim directory", "ms", "difference", limit=2)
    fresh = f"XDG_CACHE_HOME={place.scratch}/cold-{{}}"
    samples = place.sample(40, [fresh, *run], shims)
    yield samples.row("bulkhead run, cold cache", "shim directory", "ms", "difference")


def glxinfo(place):
    """glxinfo -B, from start to exit."""
    program = shutil.which("glxinfo")
    if not program:
        raise Skip("glxinfo is not installed (script/setup installs it)")
    place.in_tree("libGL.so.1")
    display = place.display()
    run = [*place.on_tree("--profile", "gl"), program, "-B"]
    native = [display, program, "-B"]
    samples = place.sample(40, [display, *run], native)
    yield samples.row("glxinfo -B, warm cache", "native", "ms", limit=1.1)
    samples = place.sample(5, [display, f"XDG_CACHE_HOME={place.scratch}/cold-{{}}", *run], native)
    yield samples.row("glxinfo -B, cold cache", "native", "ms")


def later_dlopen(place):
    """A later dlopen by the program."""
    program = place.program("use-libssl")
    shims = place.shims("libssl.so.3", "libcrypto.so.3")
    # Any library that neither side has loaded; the system's own, since it is the program's.
    for how, library in ("path", place.of_system("libz.so.1")), ("name", "libz.so.1"):
        command = [program, "open", library]
        samples = place.sample(300, [shims, *command], command, reported=True)
        yield samples.row(f"dlopen of another library later, by {how}", "native", "µs", limit=1,
                          noise=_OPEN_NOISE)


def memory(place):
    """Private dirty memory of a process that uses libssl."""
    program = place.program("use-libssl")
    plain = place.program("dlmopen-libssl")
    files = [place.in_tree("libcrypto.so.3"), place.in_tree("libssl.so.3")]
    shims = place.shims("libssl.so.3", "libcrypto.so.3")
    samples = place.sample(15, [shims, program, "memory"], [program, "memory"], [plain, *files], reported=True)
    yield samples.row("private dirty memory, libssl in use", "native", "KiB", limit=1.3)
    yield samples.row("the same by plain dlmopen", "native", "KiB", ours=2)


def namespaces(place):
    """Linker namespaces as an interface."""
    program = place.program("namespaces")
    # A library that needs libc, as nearly all do.
    library = place.of_system("libz.so.1")
    # 15 namespaces with a libc each need more static TLS than ld.so keeps by default.
    room = "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=8192"

    def compare(what, ours, theirs, unit, scale, limit=None):
        samples = place.sample(100, [room, program, *ours], [room, program, *theirs], reported=True)
        return samples.scaled(scale).row(what, "dlmopen", unit, limit=limit, noise=_OPEN_NOISE)

    for number in 1, 10, 15:
        yield compare(f"opening {number} empty capsule{'s' if number > 1 else ''}", ["open", str(number)],
                      ["plain", str(number)], "ms", 1e-6)
    yield compare("opening a capsule and a library", ["shared", library], ["plain-with", library], "ms", 1e-6)
    yield compare("the same, isolated", ["isolated", library], ["plain-with", library], "ms", 1e-6, limit=1.2)
    # Two libraries, and some thirty.
    for name in "libssl.so.3", "libcurl.so.4":
        files = place.of_system(name)
        yield compare(f"isolated, with {name} and what it needs", ["isolated", files], ["plain-with", files],
                      "ms", 1e-6, limit=1.2)
    yield compare("a library opened and closed in an open one", ["again", library], ["plain-again", library], "µs", 1e-3)
    yield compare("finding a symbol", ["symbol", library, "crc32"],
                  ["plain-symbol", library, "crc32"], "ns", 1)


def intercept(place):
    """Intercepted system calls."""
    program = place.program("intercepted")

    def compare(what, compared_with, ours, theirs, limit=None):
        try:
            samples = place.sample(15, [program, ours], [program, theirs], reported=True)
        except subprocess.CalledProcessError as error:
            if error.returncode == 77:
                raise Skip("this kernel has no Syscall User Dispatch") from error
            raise
        return samples.row(what, compared_with, "ns", limit=limit)

    yield compare("system call, intercepted", "the least handler", "ours", "bare", limit=1.2)
    yield compare("the same, with its result", "the least handler", "results", "bare")
    yield compare("the same, by a seccomp filter", "the least handler", "filter", "bare")
    yield compare("system call, intercepted", "native", "ours", "native")


# A program that looks into many files, as an indexer or a backup does: eight system calls a file.
_READER = """
import hashlib, os, sys
total = hashlib.sha256()
for round in range(4):
    for directory, _, names in os.walk(sys.argv[1]):
        for name in sorted(names):
            with open(os.path.join(directory, name), "rb") as file:
                total.update(file.read())
"""

# Some calls have a rule in some region, and then all but some have one.
_POLICIES = {
    "that forbids some": """
[region.tool]
kill = ["execve", "execveat"]
errno.EACCES = ["connect", "sendto", "bind", { call = "socket", arg0 = "& 0xffffffff == 10" }]
[region.libc]
log = "ptrace"
""",
    "that allows some": """
[region.tool]
default = "errno.EPERM"
allow = ["brk", "close", "exit_group", "futex", "mmap", "mprotect", "munmap", "rt_sigreturn", "write"]
[region."library:libz.so.1"]
kill = ["execve", "execveat"]
""",
}


def preload(place):
    """Tools made for LD_PRELOAD."""
    tool = place.program("libbench-preload.so")
    native = [f"LD_PRELOAD={tool}"]
    ours, isolated = place.preloaded(tool), place.preloaded("--isolated", tool)
    libraries = [f"LD_LIBRARY_PATH={place.programs}/tree/usr/lib"]
    caller = place.program("caller-now")
    samples = place.sample(15, [*ours, *libraries, caller, "time"], [*isolated, *libraries, caller, "time"],
                           [*native, *libraries, caller, "time"], reported=True)
    yield samples.row("call by way of a preloaded tool", "LD_PRELOAD", "ns", other=2, limit=1.05)
    yield samples.row("the same, tool isolated", "LD_PRELOAD", "ns", ours=1, other=2, limit=1.05)
    program = place.program("use-libz")
    samples = place.sample(300, [*ours, program], [*isolated, program], [*native, program])
    yield samples.row("start of a program with a preloaded tool", "LD_PRELOAD", "ms", "difference", other=2)
    yield samples.row("the same, tool isolated", "LD_PRELOAD", "ms", "difference", ours=1, other=2)


def region_filter(place):
    """Rules for system calls by region."""
    tool = place.program("libbench-preload.so")
    without = place.preloaded("--isolated", tool)
    files = place.scratch / "files"
    for number in range(400):
        path = files / f"{number % 20}" / f"{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number % 256]) * 40000)
    reader = [sys.executable, "-I", "-S", "-c", _READER, str(files)]
    bare = [place.program("system-call")]
    for name, text in _POLICIES.items():
        policy = place.scratch / f"{name}.toml"
        policy.write_text(text, encoding="utf-8")
        try:
            ruled = place.preloaded("--isolated", "--seccomp", policy, tool)
        except subprocess.CalledProcessError as error:
            raise Skip(error.stderr.strip()) from error
        samples = place.sample(40, [*ruled, *reader], [*without, *reader])
        yield samples.row(f"reading 1,600 files, a filter {name}", "no filter", "ms", limit=1.05)
        samples = place.sample(15, [*ruled, *bare], [*without, *bare], reported=True)
        yield samples.row(f"bare system call, a filter {name}", "no filter", "ns", "difference")
    program = place.program("use-libz")
    samples = place.sample(300, [*ruled, program], [*without, program])
    yield samples.row("start under a region filter", "no filter", "ms", "difference")


ALL = [call, open_capsule, start, run_command, glxinfo, later_dlopen, memory, namespaces, intercept, preload,
       region_filter, counts]
