"""glibc's own tests, natively and with their modules out of a capsule: see README.md here."""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import workshop

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path(os.environ.get("HOME", "/tmp"), ".cache"), "bulkhead-glibc-tests")
SECONDS = 60
LIBRARIES = "usr/lib/x86_64-linux-gnu"


@dataclasses.dataclass
class Outcome:
    """How a test ended, what it printed, what was said on standard error."""
    status: int
    lines: str
    said: str

    def same(self, other):
        return (self.status, self.lines) == (other.status, other.lines)


def plain(text):
    """Without addresses and process numbers, which change from run to run, and without directories, since a tree has its own."""
    text = re.sub(r"(threads created during dlopen): \d+", r"\1", text)  # as many as there is time for
    return re.sub(r"[\w./-]*/(?=[\w-]+\.so\b)", "", re.sub(r"0x[0-9a-f]+", "0x…", re.sub(r"\bpid \d+", "pid", text)))


class Trial:
    """A test, built, with the ways to run it."""

    def __init__(self, shop, name, modules, bulkhead):
        self.shop, self.name, self.modules, self.bulkhead = shop, name, modules, bulkhead
        self.test = shop.tests[name]

    def combinations(self):
        """Which modules may be exposed: all; and each with what it needs or opens itself, since two copies are not natively one."""
        # An auditor is a tool of ld.so's, in a namespace that ld.so makes for it.
        auditors = re.findall(r"[\w-]+(?=\.so)", self.test.env) if "LD_AUDIT=" in self.test.env else []
        modules = [module for module in self.modules if module not in auditors]
        found = [tuple(sorted(modules))] if modules else []
        for module in modules:
            inside, waiting = set(), [module]
            while waiting:
                each = waiting.pop()
                if each in inside:
                    continue
                inside.add(each)
                content = (self.shop.place / f"{each}.so").read_bytes()
                waiting += [other for other in modules if f"{other}.so".encode() in content]
            if tuple(sorted(inside)) not in found:
                found.append(tuple(sorted(inside)))
        return found

    def run(self, *before, path=None):
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LD_", "BULKHEAD_"))}
        for word in self.test.env.split():
            name, _, value = word.partition("=")
            if "$(" not in value:
                env[name] = value.replace("O/", f"{self.shop.place}/").strip("'").replace("$$", "$")
        env["LD_LIBRARY_PATH"] = f"{path}:{self.shop.place}" if path else str(self.shop.place)
        arguments = [word.replace("$(host-test-program-cmd)", str(self.shop.place / self.name)) for word in self.test.arguments]
        try:
            done = subprocess.run([*before, f"./{self.name}", *arguments], cwd=self.shop.place, env=env, check=False, capture_output=True,
                                  timeout=SECONDS, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return Outcome(124, "", "timed out")
        return Outcome(done.returncode, plain(done.stdout.decode(errors="replace")), done.stderr.decode(errors="replace"))

    def differs(self):
        """'' when each combination does what native does; 'native: …' when the test says nothing here; else what differs first."""
        native = self.run()
        if native.status != 0 or not native.same(self.run()):
            return f"native: ends with {native.status}, or not twice the same"
        for exposed in self.combinations():
            with tempfile.TemporaryDirectory(dir=self.shop.place) as scratch:
                tree = pathlib.Path(scratch) / "tree"
                (tree / LIBRARIES).mkdir(parents=True)
                for each in exposed:
                    shutil.copy(self.shop.place / f"{each}.so", tree / LIBRARIES)
                options = ["--tree", tree, "--expose", ",".join(f"{each}.so" for each in exposed), "--share", "libstdc++.so.6"]
                other = self.run(self.bulkhead, "run", *options, "--")
                if not native.same(other):
                    return f"{' '.join(exposed)[:60]}: {self.first(native, other)}"
        return ""

    def first(self, native, other):
        if native.status != other.status:
            said = [line for line in (other.said + other.lines).splitlines() if line.strip()]
            return f"ends with {other.status}, natively {native.status}: {said[0][:300] if said else ''}".replace(str(self.shop.place), "…")
        pairs = zip(native.lines.splitlines() + [""], other.lines.splitlines() + [""])
        return "natively {!r}, here {!r}".format(*next((pair for pair in pairs if pair[0] != pair[1]), ("…", "…")))


def expected():
    """Name to reason, of the tests that differ and are known to."""
    lines = (HERE / "differing.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="tests to compare; all otherwise")
    parser.add_argument("--source", type=pathlib.Path, help="glibc's source; otherwise that of the package glibc-source")
    parser.add_argument("--products", type=pathlib.Path, default=HERE.parent.parent / "build", help="where bin/bulkhead is")
    parser.add_argument("--keep", type=pathlib.Path, help="an empty directory where what is built stays")
    arguments = parser.parse_args()
    tree, why = (arguments.source, "") if arguments.source else workshop.source(CACHE)
    if not tree:
        print(f"skipped: {why}")
        return 77
    bulkhead = (arguments.products / "bin/bulkhead").resolve()
    scratch = arguments.keep or pathlib.Path(tempfile.mkdtemp())
    try:
        return report(arguments, compare(arguments.names, tree, scratch.resolve(), bulkhead))
    finally:
        if not arguments.keep:
            shutil.rmtree(scratch, ignore_errors=True)


def compare(names, tree, scratch, bulkhead):
    """Name to what differs ('' nothing), 'native: …', or 'not built: …'."""
    results = {}
    for subdirectory in ("elf", "dlfcn"):
        shop = workshop.Workshop(tree, subdirectory, scratch / subdirectory)
        shop.make_support()
        trials = []
        for name in sorted(names or shop.tests):
            if name not in shop.tests:
                continue
            try:
                modules = shop.program(name)
                if modules:
                    trials.append(Trial(shop, name, modules, bulkhead))
            except workshop.Failed as failed:
                results[name] = f"not built: {failed}"
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results.update(zip([trial.name for trial in trials], pool.map(Trial.differs, trials)))
    return results


def names_on_page():
    """The tests in the table of docs/limits.md."""
    page = (HERE.parent.parent / "docs/limits.md").read_text(encoding="utf-8")
    section = page.partition("## glibc's own tests")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z0-9-]+(?:, [a-z0-9-]+)*) \| ", section, re.MULTILINE)
    return {name for row in rows if row != "tests" for name in row.split(", ")}


def report(arguments, results):
    known = expected()
    bad = 0
    for name in sorted(names_on_page() ^ set(known)):
        print(f"{name}: is in only one of differing.tsv and the table of docs/limits.md")
        bad += 1
    for name, what in sorted(results.items()):
        if what.startswith(("native:", "not built:")):
            if arguments.names:
                print(f"{name}: {what}")
        elif what and name not in known:
            print(f"{name}: {what}")
            bad += 1
        elif not what and name in known:
            print(f"{name} agrees now; take it out of differing.tsv")
            bad += 1
    spoken = [what for what in results.values() if not what.startswith(("native:", "not built:"))]
    print(f"{len(spoken)} of glibc's tests: {spoken.count('')} the same in every combination, {sum(1 for what in spoken if what)} differ; "
          f"{sum(what.startswith('not built:') for what in results.values())} need glibc's own build, "
          f"{sum(what.startswith('native:') for what in results.values())} do not pass here")
    return 1 if bad or not spoken else 0


if __name__ == "__main__":
    sys.exit(main())
