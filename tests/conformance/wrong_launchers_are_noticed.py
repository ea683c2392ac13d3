#!/usr/bin/env python3
"""Opens libraries of a tree on this system, without a chroot; then with launchers that are wrong on purpose.

usage: wrong_launchers_are_noticed.py BULKHEAD

With BULKHEAD all of them must open; with a launcher that only starts the program, and with one that
lets it see the whole tree, none. Else the breadth test would pass whatever bulkhead does.
"""
import json
import os
import pathlib
import sys
import tempfile

import cells

SOME = 20
CONTROL = cells.REAL / "control"
# Shared with the base by design, so never the tree's.
SHARED = "libgcc_s.so.1"


def opened(launcher, tree, probe, found):
    task = {"tree": tree, "launcher": str(launcher), "probe": str(probe), "libraries": found}
    lines = cells.output_of(sys.executable, "-B", cells.HERE / "open_each.py", os.cpu_count() or 1,
                            input=json.dumps(task)).splitlines()
    results = [json.loads(line) for line in lines]
    reasons = sorted({each["reason"] for each in results if each["reason"]})
    return sum(each["reason"] is None for each in results), len(results), reasons


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    try:
        # A tree of the same glibc, so that the one that leaks works.
        tree = os.path.realpath(cells.find_tree("bookworm", 0))
        found = [each for each in cells.libraries_of(tree, SOME) if each["name"] != SHARED]
        wrong = 0
        with tempfile.TemporaryDirectory() as helpers:
            cells.make_helpers(pathlib.Path(helpers))
            for launcher, all_open in ((sys.argv[1], True), (CONTROL / "does-nothing", False),
                                       (CONTROL / "leaks-the-tree", False)):
                done, total, reasons = opened(launcher, tree, pathlib.Path(helpers, "probe"), found)
                print(f"{launcher}: {done} of {total} opened", *reasons[:3], sep="\n    ")
                wrong += done != (total if all_open else 0) or total == 0
    except cells.Stopped as stopped:
        sys.exit(stopped.args[0])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
