#!/usr/bin/env python3
"""Our closure of another release's files, in its tree, is that of its own ld.so.

Its ld.so runs in a chroot, so this needs to be root; otherwise it is skipped (77).

usage: trees_of_other_releases.py CLOSURE_OF TREE_COMMAND RELEASE
"""

import glob
import os
import subprocess
import sys
import tempfile

from ld_so import ask_ld_so, ask_us, difference

LEAST = 50


def main():
    tool, trees, release = os.path.abspath(sys.argv[1]), *sys.argv[2:4]
    if os.geteuid() != 0:
        print("only root can chroot")
        return 77
    run = subprocess.run([trees, release], capture_output=True, text=True)
    if run.returncode != 0:
        print(run.stdout, run.stderr)
        return run.returncode
    tree = run.stdout.split()[-1]
    wrong, compared = compare(tool, tree)
    wrong += without_cache(tool, tree)
    print(f"{compared} files of {release} agree with its ld.so, with and without openat2")
    for line in wrong:
        print(line)
    return 1 if wrong or compared < LEAST else 0


def files_of(tree):
    found = {}
    for pattern in "usr/bin/*", "usr/lib/*-linux-gnu/**/*.so*", "usr/libexec/**/*":
        for path in sorted(glob.glob(os.path.join(tree, pattern), recursive=True)):
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                if file.read(5) == b"\x7fELF\x02":
                    found["/" + os.path.relpath(path, tree)] = True
    return list(found)


def compare(tool, tree):
    wrong, compared = [], 0
    for path in files_of(tree):
        theirs = ask_ld_so(path, root=tree)
        texts = [difference(theirs, ask_us(tool, path, tree, way)) for way in ([], ["--walk"])]
        if any(texts):
            wrong.append(f"{path}: {texts[0] or 'without openat2: ' + texts[1]}")
        else:
            compared += 1
    return wrong, compared


def without_cache(tool, tree):
    """ld.so.conf gives what the cache that was made of it gives."""
    wrong = []
    # The same files under another root, but for the cache; beside the tree, because hard
    # links stay on a file system.
    with tempfile.TemporaryDirectory(dir=os.path.dirname(tree)) as copy:
        for name in os.listdir(tree):
            if name != "etc":
                path = os.path.join(tree, name)
                if os.path.islink(path):
                    os.symlink(os.readlink(path), os.path.join(copy, name))
                else:
                    subprocess.run(["cp", "-al", path, copy], check=True)
        subprocess.run(["cp", "-a", os.path.join(tree, "etc"), copy], check=True)
        os.unlink(os.path.join(copy, "etc/ld.so.cache"))
        for path in files_of(tree):
            text = difference(ask_us(tool, path, tree), ask_us(tool, path, copy))
            if text:
                wrong.append(f"{path} without ld.so.cache: {text}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
