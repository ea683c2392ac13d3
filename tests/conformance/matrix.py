#!/usr/bin/env python3
"""Runs cells of the conformance matrix; script/conformance starts it."""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cells
import report

BASES = ["bullseye", "bookworm", "trixie"]
TREES = ["bullseye", "bookworm", "trixie", "forky"]
ROOT = cells.TESTS.parent


def parse():
    parser = argparse.ArgumentParser(
        prog="script/conformance", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs the programs of tests/real, and opens the libraries that most packages depend on, on\n"
                    "several Debian releases (bases) with the libraries of several others (trees).",
        epilog="The whole matrix takes half an hour, 2 GB of downloads and 10 GB in ~/.cache the first time, and a\n"
               "quarter of an hour later. Needs root. Exit status: 0 all is well, 1 a cell is not, 77 it cannot\n"
               "be run here. Libraries that cannot be opened on their own system either do not count.")
    names = lambda text: [name for name in text.split(",") if name]  # noqa: E731
    parser.add_argument("--base", metavar="SUITE,…", type=names, default=BASES, help="all: " + ",".join(BASES))
    parser.add_argument("--tree", metavar="SUITE,…", type=names, default=TREES, help="all: " + ",".join(TREES))
    parser.add_argument("--only", choices=["real", "breadth"], help="one of the two parts")
    parser.add_argument("--programs", metavar="NAME,…", type=names, default=[], help="of the real tests, only these")
    parser.add_argument("--packages", metavar="N", type=int, default=300,
                        help="breadth: this many library packages and what they need (300); 0: the real tests' tree")
    parser.add_argument("--sample", metavar="N", type=int, default=0, help="breadth: some N of the libraries")
    parser.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="libraries at a time")
    parser.add_argument("--products", metavar="DIR", type=pathlib.Path, default=ROOT / "build",
                        help="where bin/bulkhead and lib/ are (build)")
    parser.add_argument("--results", metavar="DIR", type=pathlib.Path, default=cells.cache() / "results",
                        help="where a JSON file is kept for each cell (~/.cache/bulkhead-conformance/results)")
    parser.add_argument("--update-docs", action="store_true",
                        help="write the tables of docs/conformance.md, from all the cells that are kept")
    parser.add_argument("--no-run", action="store_true", help="only show what is kept")
    return parser.parse_args()


def say(text):
    print(text, flush=True)


def version_of(products):
    """With the commit, and whether this checkout has changes beside it."""
    version = cells.output_of(products / "bin" / "bulkhead", "--version")
    if products != ROOT / "build":
        return version
    changed = subprocess.run(["git", "-C", ROOT, "diff", "--quiet", "HEAD", "--", "src"], stderr=subprocess.DEVNULL, check=False)
    return f"{version}{' and changes' if changed.returncode == 1 else ''}"


class Kept:
    """The results as files: a part that is not run again stays as it was."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, name, part, value):
        path = self.directory / f"{name}.json"
        whole = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        whole[part] = value
        new = path.with_suffix(".new")
        new.write_text(json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
        new.rename(path)

    def read(self, bases, trees):
        """{"cells": {(base, tree): …}, "native": {tree: …}} of those that are there."""
        def load(name):
            path = self.directory / f"{name}.json"
            return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        found = {(base, tree): load(f"{base}-{tree}") for base in bases for tree in trees}
        return {"cells": {key: value for key, value in found.items() if value},
                "native": {tree: load(f"native-{tree}") for tree in trees if load(f"native-{tree}")}}


def run_real(arguments, kept, bases, tree, helpers, what):
    place = cells.find_tree(tree, 0)
    tests = [(place, script) for script in cells.real_tests(cells.REAL, arguments.programs)]
    # Those beside this file need more libraries than the tree of the real tests has.
    if arguments.packages != 0:
        large = cells.find_tree(tree, arguments.packages)
        tests += [(large, script) for script in cells.real_tests(cells.HERE, arguments.programs)]
    for base in arguments.base:
        results = []
        for its_tree, script in tests:
            cell = cells.Cell(bases[base], its_tree, arguments.products, helpers)
            status, reason = cell.run_real_test(script, tree)
            name = pathlib.Path(script).stem
            results.append({"test": name, "status": status, "reason": reason})
            say(f"{base} × {tree}: {name}: {status if status == 'passed' else f'{status}: {reason}'}")
        glibc = [cells.glibc_of_base(bases[base]), cells.glibc_of_tree(place)]
        kept.write(f"{base}-{tree}", "real", {**what, "glibc": glibc, "tests": results})


def run_breadth(arguments, kept, bases, tree, helpers, what):
    place = cells.find_tree(tree, arguments.packages)
    found = cells.libraries_of(place, arguments.sample)
    native = cells.open_natively(place, helpers, found, arguments.jobs)
    kept.write(f"native-{tree}", "breadth", {**what, "packages": arguments.packages, "results": native})
    say(f"{tree}: {len(found)} libraries, natively opened: {report.counts(native)}")
    for base in arguments.base:
        results = cells.Cell(bases[base], place, arguments.products, helpers).open_libraries(found, arguments.jobs)
        if len(results) != len(native):
            raise cells.Stopped(1, f"{base} × {tree}: {len(results)} results of {len(native)}")
        kept.write(f"{base}-{tree}", "breadth", {**what, "results": results})
        say(f"{base} × {tree}: opened: {report.counts(results)}")


def run(arguments, kept):
    bases = {suite: cells.find_base(suite) for suite in arguments.base}
    what = {"products": version_of(arguments.products), "date": datetime.date.today().isoformat()}
    with tempfile.TemporaryDirectory() as helpers:
        os.chmod(helpers, 0o755)
        cells.make_helpers(pathlib.Path(helpers))
        for tree in arguments.tree:
            if arguments.only != "breadth":
                run_real(arguments, kept, bases, tree, helpers, what)
            if arguments.only != "real":
                run_breadth(arguments, kept, bases, tree, helpers, what)


def main():
    arguments = parse()
    arguments.products = arguments.products.resolve()
    kept = Kept(arguments.results)
    if os.geteuid() != 0 and not arguments.no_run:
        say("skipped: bases are chroots, and only root can make and enter them")
        sys.exit(77)
    try:
        if not arguments.no_run:
            run(arguments, kept)
        if arguments.update_docs:
            report.update_page(ROOT / "docs" / "conformance.md", kept.read(BASES, TREES), BASES, TREES)
    except cells.Stopped as stopped:
        say(f"conformance: {stopped.args[1]}")
        sys.exit(77 if stopped.args[0] == 77 else 1)
    faults = report.faults(kept.read(arguments.base, arguments.tree))
    say(report.summary(kept.read(arguments.base, arguments.tree), arguments.base, arguments.tree))
    for fault in faults:
        say(f"fault: {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
