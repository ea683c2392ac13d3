"""The two sides of the comparison: ld.so's own answer, and ours."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

LOADER = "/lib64/ld-linux-x86-64.so.2"


@dataclass
class Answer:
    """Libraries in link-map order as (name, identity), without the file itself."""

    libraries: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    why: dict = field(default_factory=dict)  # of what is missing; ours only
    refused: str = ""  # the file cannot be examined at all, and why
    static: bool = False  # it has no dynamic section


def identity(path):
    status = os.stat(path)
    return f"{status.st_dev}:{status.st_ino}"


def ask_ld_so(path, root="", library_path="", by_kernel=False, directory=None):
    """What ld.so itself would load.

    With `root`, inside a chroot (needs to be root); with `by_kernel`, when the file is
    started as a program instead of being given to ld.so.
    """
    env = {"LD_TRACE_LOADED_OBJECTS": "1"}
    if library_path:
        env["LD_LIBRARY_PATH"] = library_path
    command = [path] if by_kernel else [LOADER, path]
    prepare = (lambda: os.chroot(root)) if root else None
    run = subprocess.run(command, env=env, cwd=directory or "/", preexec_fn=prepare,
                         capture_output=True, text=True, errors="replace")
    answer = Answer()
    if run.returncode != 0:
        answer.refused = run.stderr.strip() or f"status {run.returncode}"
        return answer
    # "statically linked" is what it says of every file that needs no other.
    names, files = [], []
    for line in run.stdout.splitlines():
        if match := re.fullmatch(r"\t(.*) => not found", line):
            if match[1] not in answer.missing:
                answer.missing.append(match[1])
        elif match := re.fullmatch(r"\t(?:(.*) => )?(.*) \(0x[0-9a-f]+\)", line):
            if not match[2].startswith("linux-vdso"):
                names.append(match[1] or match[2])
                files.append(match[2])
    answer.libraries = list(zip(names, identities(files, root, directory)))
    return answer


def identities(paths, root="", directory=None):
    """device:inode of each, as a process sees them whose root is `root`."""
    if not root:
        return [identity(os.path.join(directory or "/", path)) for path in paths]
    script = ("import os, sys; os.chroot(sys.argv[1]); os.chdir('/')\n"
              "for path in sys.argv[2:]: s = os.stat(path); print(f'{s.st_dev}:{s.st_ino}')")
    run = subprocess.run([sys.executable, "-S", "-c", script, root, *paths],
                         capture_output=True, text=True, check=True)
    return run.stdout.split()


def ask_us(tool, path, tree="/", options=(), directory=None):
    run = subprocess.run([tool, *options, tree, path], cwd=directory or "/",
                         capture_output=True, text=True, errors="replace")
    answer = Answer()
    if run.returncode not in (0, 1) or run.stderr:
        raise RuntimeError(f"closure-of {tree} {path}: status {run.returncode}: {run.stderr}")
    for line in run.stdout.splitlines():
        fields = line.split("\t")
        if fields[0] == "error":
            answer.refused = fields[1]
            answer.static = "has no dynamic section" in fields[1]
            return answer
        if fields[0] == "input":
            continue
        if fields[0] == "missing":
            answer.missing.append(fields[1])
            answer.why[fields[1]] = fields[3]
        else:
            answer.libraries.append((fields[0], fields[2]))
    answer.libraries = answer.libraries[1:]
    return answer


def difference(theirs, ours):
    """Where they differ, as text; empty if they agree."""

    def named(libraries):
        # ld.so calls itself by the path it was started by, whatever the need said.
        return [("ld.so" if "ld-linux" in name else name, file) for name, file in libraries]

    if ours.static and not theirs.libraries:
        return ""  # ld.so says so too, or crashes
    if bool(theirs.refused) != bool(ours.refused):
        return f"ld.so: {theirs.refused or 'accepts it'}; we: {ours.refused or 'accept it'}"
    if theirs.refused:
        return ""
    left, right = named(theirs.libraries), named(ours.libraries)
    if left != right:
        for i in range(max(len(left), len(right))):
            a = left[i] if i < len(left) else "nothing"
            b = right[i] if i < len(right) else "nothing"
            if a != b:
                return f"at {i}: ld.so has {a}, we have {b}"
    if theirs.missing != ours.missing:
        return f"ld.so misses {theirs.missing}, we miss {ours.missing}"
    return ""
