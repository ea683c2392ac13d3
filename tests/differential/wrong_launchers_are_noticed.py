#!/usr/bin/env python3
"""Worlds that agree with a launcher must not agree with one that does nothing.

usage: wrong_launchers_are_noticed.py BULKHEAD
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import differential

HERE = pathlib.Path(__file__).resolve().parent
SEEDS = 12


def agree(products, seeds):
    return subprocess.run([sys.executable, "-B", HERE / "differential.py", "--file", seeds, "--products", products],
                          stdout=subprocess.DEVNULL, check=False).returncode


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    if not shutil.which("gcc") or not shutil.which("g++"):
        print("skipped: there is no compiler")
        sys.exit(77)
    products = pathlib.Path(sys.argv[1]).resolve().parents[1]
    # Of those that a program is linked to in the ways of the command: others load nothing when they begin.
    some = []
    for seed in differential.seeds_in(HERE / "agreeing.seeds"):
        world = differential.generate.generate(seed)
        linked = [lib for lib in world["libs"] if lib["role"] == "exposed" and lib["id"] in world["prog"]["links"]]
        if linked and world["way"] == "run" and len(some) < SEEDS:
            some.append(seed)
    with tempfile.TemporaryDirectory() as scratch:
        wrong = pathlib.Path(scratch, "wrong")
        (wrong / "bin").mkdir(parents=True)
        (wrong / "lib").symlink_to(products / "lib")
        shutil.copy(HERE.parent / "real/control/does-nothing", wrong / "bin/bulkhead")
        faults = 0
        for seed in some:
            seeds = pathlib.Path(scratch, "seeds")
            seeds.write_text(f"{seed}\n", encoding="utf-8")
            if agree(products, seeds) != 0 or agree(wrong, seeds) != 1:
                print(f"seed {seed}: does not tell {sys.argv[1]} from a launcher that does nothing")
                faults += 1
    print(f"{len(some)} worlds, {faults} do not notice")
    sys.exit(1 if faults or not some else 0)


if __name__ == "__main__":
    main()
