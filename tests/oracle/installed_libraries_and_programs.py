#!/usr/bin/env python3
"""Our closure of what is installed here is ld.so's: which files, in which order.

usage: installed_libraries_and_programs.py CLOSURE_OF [COUNT]
"""

import glob
import os
import sys

from ld_so import ask_ld_so, ask_us, difference

# Each pattern gives its share, evenly spread, so that no family of files dominates.
PATTERNS = [
    "/usr/bin/*",
    "/usr/sbin/*",
    "/usr/lib/*-linux-gnu/*.so*",
    "/usr/lib64/*.so*",
    "/usr/lib/*-linux-gnu/*/*.so*",
    "/usr/lib/*-linux-gnu/*/*/*.so",
    "/usr/lib/python3*/lib-dynload/*.so",
    "/usr/lib/python3/dist-packages/**/*.so",
    "/usr/libexec/*",
    "/usr/lib/gcc/*/*/*",
    "/usr/local/lib/**/*.so*",
    "/opt/**/*.so*",
]

# How many files of other kinds (static programs, scripts, linker scripts) may be among
# those taken: a comparison of nothing must not look like success.
LEAST = 100


def is_elf(path):
    try:
        with open(path, "rb") as file:
            return os.path.isfile(path) and file.read(5) == b"\x7fELF\x02"
    except OSError:
        return False


def spread(files, count):
    if len(files) <= count:
        return files
    return [files[i * len(files) // count] for i in range(count)]


def choose(count):
    share = max(1, count // 5)
    chosen = {}
    for pattern in PATTERNS:
        files = sorted({os.path.realpath(path) for path in glob.glob(pattern, recursive=True)})
        for path in spread([path for path in files if is_elf(path)], share):
            chosen[path] = True
    return list(chosen)


def main():
    tool = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    compared = refused = libraries = 0
    wrong = []
    for path in choose(count):
        theirs = ask_ld_so(path)
        ours = ask_us(tool, path)
        text = difference(theirs, ours)
        if text:
            wrong.append(f"{path}: {text}")
        elif theirs.refused:
            refused += 1
        else:
            compared += 1
            libraries += len(theirs.libraries)
    print(f"{compared} files agree with ld.so ({libraries} libraries), {refused} refused by both")
    for line in wrong:
        print(line)
    if compared < LEAST:
        print(f"too few to mean anything: {LEAST} expected")
    return 1 if wrong or compared < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
