"""The two sides of the comparison: ld.so's own answer, and ours."""

import os
import re
import subprocess
from dataclasses import dataclass, field

LOADER = "/lib64/ld-linux-x86-64.so.2"


@dataclass
class Answer:
    """Libraries in link-map order as (name, identity), without the file itself."""

    libraries: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    refused: str = ""  # the file cannot be examined at all, and why
    static: bool = False  # it has no dynamic section


def identity(path):
    status = os.stat(path)
    return f"{status.st_dev}:{status.st_ino}"


def ask_ld_so(path, root="", library_path="", environment=None):
    """What ld.so itself would load. With `root`, inside a chroot (needs root)."""
    env = dict(environment or {}, LD_TRACE_LOADED_OBJECTS="1")
    if library_path:
        env["LD_LIBRARY_PATH"] = library_path
    command = [LOADER, path]
    if root:
        command = ["chroot", root] + command
        env["PATH"] = os.environ["PATH"]
    run = subprocess.run(command, env=env, capture_output=True, text=True, errors="replace")
    answer = Answer()
    if run.returncode != 0:
        answer.refused = run.stderr.strip() or f"status {run.returncode}"
        return answer
    # "statically linked" is what it says of every file that needs no other.
    for line in run.stdout.splitlines():
        if match := re.fullmatch(r"\t(.*) => not found", line):
            if match[1] not in answer.missing:
                answer.missing.append(match[1])
        elif match := re.fullmatch(r"\t(?:(.*) => )?(.*) \(0x[0-9a-f]+\)", line):
            name, file = match[1] or match[2], match[2]
            if name.startswith("linux-vdso"):
                continue
            if root:
                answer.libraries.append((name, inside(root, file)))
            else:
                answer.libraries.append((name, identity(file)))
    return answer


def inside(root, path):
    """The identity of `path` as a process with the root directory `root` sees it."""
    command = ["chroot", root, "/usr/bin/stat", "-L", "-c", "%d:%i", path]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 0:
        return run.stdout.strip()
    return identity(root + path)  # no stat(1) in there: fine where links are relative


def ask_us(tool, path, tree="/", options=()):
    run = subprocess.run([tool, *options, tree, path], capture_output=True, text=True, errors="replace")
    answer = Answer()
    if run.returncode not in (0, 1):
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
