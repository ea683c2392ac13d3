"""One cell of the matrix: the real tests, and the breadth test, in a base and on a tree."""
import json
import os
import pathlib
import re
import subprocess
import sys

import libraries

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
REAL = TESTS / "real"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LONGEST = 180  # seconds for a real test; the slowest takes ten
# How a real test says that its cell cannot mean anything. Any other skip is something missing here.
NO_MEANING = ("soname: ", "too old a tree: ", "no library: ", "no screen: ")


class Stopped(Exception):
    """The matrix cannot go on; args: exit status and why."""


def output_of(*command, **options):
    """What a command prints, without the line end. Its messages go to standard error; so does its failure, as ours."""
    run = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=False, **options)
    if run.returncode != 0:
        raise Stopped(run.returncode, f"{command[0]} ended with {run.returncode}")
    return run.stdout.rstrip("\n")


def make_helpers(directory):
    """Compiles the probe and the real tests' observer, so that they run on the oldest base, too."""
    common = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-include", HERE / "old_glibc.h"]
    output_of(*common, "-fPIE", "-pie", "-nostartfiles", "-o", directory / "probe", HERE / "probe.c",
              "-Wl,--no-as-needed", "-l:libdl.so.2")
    output_of(*common, "-fPIC", "-shared", "-o", directory / "basemaps.so", REAL / "basemaps.c",
              "-Wl,--no-as-needed", "-l:libdl.so.2", "-l:libpthread.so.0")


class Cell:
    """A base and a tree. products: a directory with bin/bulkhead and lib/; helpers: what make_helpers made."""

    def __init__(self, base, tree, products, helpers):
        self.tree = pathlib.Path(tree)
        self.inside = [HERE / "inside", base, f"bulkhead={products}", f"helpers={helpers}",
                       f"trees={self.tree.parent}", f"tests={TESTS}", "--"]

    def run_real_test(self, script, suite):
        """(status, last line): passed, n/a, skipped or failed. script: relative to tests/."""
        variables = {"PATH": PATH, "HOME": "/tmp", "LC_ALL": "C.UTF-8", "BULKHEAD": "/mnt/bulkhead/bin/bulkhead",
                     "READY_TREE": f"/mnt/trees/{self.tree.name}", "READY_BASEMAPS": "/mnt/helpers/basemaps.so"}
        command = [*self.inside, "env", "-i", *(f"{name}={value}" for name, value in variables.items()),
                   "timeout", str(LONGEST), f"/mnt/tests/{script}", suite]
        run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, errors="replace", check=False)
        lines = [line.strip() for line in run.stdout.splitlines() if line.strip()] or [f"ended with {run.returncode}"]
        if run.returncode == 0:
            return "passed", lines[-1]
        reason = re.sub(r"^(skipped|failed): ", "", lines[-1])
        if run.returncode == 77:
            return ("n/a" if reason.startswith(NO_MEANING) else "skipped"), reason
        # The launcher's or the runtime's words say more than the test's.
        ours = [line for line in lines if line.startswith("bulkhead: ")]
        return "failed", f"{reason} {ours[-1]}" if ours else reason

    def open_libraries(self, found, jobs):
        """[{name, mode, reason}] for each library and each way of binding."""
        task = {"tree": f"/mnt/trees/{self.tree.name}", "launcher": "/mnt/bulkhead/bin/bulkhead",
                "probe": "/mnt/helpers/probe", "libraries": found}
        lines = output_of(*self.inside, "/usr/bin/python3", "-B", "/mnt/tests/conformance/open_each.py", jobs,
                          input=json.dumps(task))
        return [readable(json.loads(line)) for line in lines.splitlines()]


def open_natively(tree, helpers, found, jobs):
    """The same for plain dlopen, with the tree as the root directory: its own ld.so, its own libc."""
    task = {"tree": "", "launcher": None, "probe": "/mnt/helpers/probe", "libraries": found}
    lines = output_of(HERE / "inside", "--beside", tree, f"helpers={helpers}", "--",
                      sys.executable, "-B", HERE / "open_each.py", jobs, input=json.dumps(task))
    return [readable(json.loads(line)) for line in lines.splitlines()]


def readable(result):
    """Without what differs from run to run."""
    if result["reason"]:
        result["reason"] = re.sub(r"/mnt/trees/[^/ ]+", "TREE", result["reason"])
        result["reason"] = re.sub(r"/proc/\d+/task/\d+/fd/[./]*\d+", "/proc/…", result["reason"])
    return result


def real_tests(directory, only):
    """The scripts there, relative to tests/; or those of the programs named."""
    scripts = sorted(path for path in directory.glob("*-*.sh"))
    return [str(script.relative_to(TESTS)) for script in scripts
            if not only or any(script.name.startswith(f"{each}-") for each in only)]


def libraries_of(tree, sample):
    """All libraries of a tree; or about as many as sample says, evenly spread."""
    found = libraries.libraries_of(tree)
    return found[::max(1, len(found) // sample)] if sample else found


def glibc_of_base(base):
    return output_of(HERE / "inside", base, "--", "dpkg-query", "-W", "-f", "${Version}", "libc6")


def glibc_of_tree(tree):
    for line in pathlib.Path(f"{tree}.packages").read_text(encoding="utf-8").splitlines():
        name, version = line.split()
        if name == "libc6":
            return version
    return "none"


def find_base(suite):
    return output_of(HERE / "bases", suite)


def find_tree(suite, packages):
    """packages: how many of the most wanted library packages it shall have; 0: what the real tests need.
    The choice is made once and kept, since an index that changes would make another tree every day."""
    if packages == 0:
        return output_of(REAL / "trees", suite)
    choice = cache() / f"{suite}-{packages}.packages"
    if not choice.exists():
        names = output_of(HERE / "library-packages", suite, packages)
        choice.parent.mkdir(parents=True, exist_ok=True)
        choice.write_text(names + "\n", encoding="utf-8")
    names = [line.split()[0] for line in choice.read_text(encoding="utf-8").splitlines()]
    return output_of(REAL / "trees", suite, *names)


def cache():
    return pathlib.Path(os.environ.get("HOME", "/tmp"), ".cache", "bulkhead-conformance")
