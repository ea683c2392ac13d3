"""What differs between libraries natively and out of a capsule: see README.md here."""
import argparse
import collections
import dataclasses
import multiprocessing
import os
import pathlib
import shutil
import sys
import tempfile
import time

import build
import compare
import execute
import generate
import minimise
import script

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path(os.environ.get("HOME", "/tmp"), ".cache"),
                     "bulkhead-differential")
DAYS = 2  # that what was compiled is kept


@dataclasses.dataclass
class Result:
    seed: int
    kind: str  # of compare.Verdict; or thrown away, and then native says why
    verdict: compare.Verdict = None
    why: str = ""
    linkers: tuple = ()
    compiling: float = 0.0
    running: float = 0.0


class Bench:
    """Where a world is built and run."""

    def __init__(self, arguments, scratch):
        self.scratch = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        self.keep = pathlib.Path(arguments.keep).resolve() if arguments.keep else None
        products = pathlib.Path(arguments.products).resolve()
        self.workshop = build.Workshop(CACHE, products, arguments.base)
        if arguments.linkers:
            self.workshop.there &= set(arguments.linkers)
        self.executor = execute.Inside(HERE.parent / "conformance/inside", arguments.base, products, self.scratch) \
            if arguments.base else execute.Here(products / "bin/bulkhead")

    def judge(self, world):
        """(native, with bulkhead, verdict or why it is thrown away)"""
        place = self.scratch / "world"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        try:
            self.workshop.build(world, place)
        except build.Failed as failed:
            return None, None, "the linker refuses: " + next(
                (line for line in str(failed).splitlines() if "error" in line or "undefined" in line), str(failed)[:200])
        native, again, other = self.executor.run(world, place)
        why = compare.usable(native, again)
        if why:
            return native, other, why
        return native, other, compare.compare(world, native, other)

    def result(self, seed, world):
        before, began = self.workshop.seconds, time.monotonic()
        native, other, verdict = self.judge(world)
        compiling = self.workshop.seconds - before
        times = {"compiling": compiling, "running": time.monotonic() - began - compiling}
        linkers = tuple(sorted({own["linker"] for own in world["libs"] + [world["prog"]]} - self.workshop.there))
        if isinstance(verdict, str):
            return Result(seed, "thrown away", why=verdict, linkers=linkers, **times)
        if verdict.kind == "differs" and self.keep:
            kept = self.keep / str(seed)
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.scratch / "world", kept, symlinks=True, ignore=shutil.ignore_patterns("libstdc++*", "cache"))
            (kept / "again.sh").write_text(script.text(world, native, other, verdict), encoding="utf-8")
        return Result(seed, verdict.kind, verdict, linkers=linkers, **times)


bench = None


def begin(arguments, scratch):
    global bench  # one for each process
    bench = Bench(arguments, scratch)


def one(task):
    seed, without, only = task
    return bench.result(seed, generate.generate(seed, without, only))


def seeds_in(file):
    lines = pathlib.Path(file).read_text(encoding="utf-8").splitlines()
    return [int(word) for line in lines for word in line.split("#")[0].split()]


def seeds_of(arguments):
    if arguments.file:
        return seeds_in(arguments.file)
    if arguments.today:
        first = int(time.time() // 86400) * 10000
        return range(first, first + arguments.today)
    first, _, last = arguments.seeds.partition("-")
    return range(int(first), int(last or first) + 1)


def run(arguments, scratch):
    results, began = [], time.monotonic()
    seeds = list(seeds_of(arguments))
    if not arguments.list_agreeing:
        print(f"seeds {seeds[0]} to {seeds[-1]}" if not arguments.file else f"{len(seeds)} seeds of {arguments.file}", flush=True)
    tasks = [(seed, arguments.without, arguments.only) for seed in seeds]
    with multiprocessing.Pool(arguments.jobs, begin, (arguments, scratch)) as pool:
        for result in pool.imap(one, tasks):
            results.append(result)
            if result.kind == "differs" and arguments.verbose:
                print(line_of(result), flush=True)
            if arguments.seconds and time.monotonic() - began > arguments.seconds:
                pool.terminate()
                break
    return results, len(tasks)


def line_of(result):
    verdict = result.verdict
    return f"  {result.seed}: natively \"{verdict.native}\", with bulkhead \"{verdict.other}\""


def summary(results, planned, arguments):
    """Prints what came; returns whether nothing unexplained differs."""
    kinds = collections.Counter(result.kind for result in results)
    differing = [result for result in results if result.kind == "differs"]
    thrown = collections.Counter(result.why.split(":")[0] for result in results if result.kind == "thrown away")
    used = collections.Counter(rule for result in results if result.kind in ("explained", "refused")
                               for rule in result.verdict.rules)
    missing = {name for result in results for name in result.linkers}
    if differing:
        print("Differing seeds, with the first line that differs:")
        for result in differing:
            print(line_of(result))
        print("Kinds of differences:")
        by_kind = collections.defaultdict(list)
        for result in differing:
            by_kind[result.verdict.kind_of_difference].append(result.seed)
        for kind, seeds in sorted(by_kind.items(), key=lambda each: (-len(each[1]), each[0])):
            print(f"  {len(seeds):4} {kind}: {' '.join(map(str, seeds[:6]))}{' …' if len(seeds) > 6 else ''}")
    if len(results) < planned:
        print(f"Time was up: {len(results)} of {planned} worlds were run")
    for why, count in sorted(thrown.items()):
        print(f"thrown away, {why}: {count}")
    for rule, count in sorted(used.items()):
        print(f"explained by the rule {rule}: {count}")
    if missing:
        print(f"linkers that are not installed, bfd in their place: {' '.join(sorted(missing))}")
    count = max(1, len(results))
    print(f"a world takes {sum(r.compiling for r in results) / count:.2f} s to compile, "
          f"{sum(r.running for r in results) / count:.2f} s to run")
    print(f"{len(results)} worlds: {kinds['same']} same, {kinds['explained']} explained, {kinds['refused']} refused with a message, "
          f"{kinds['differs']} differ, {kinds['thrown away']} thrown away")
    # Where compilers and linkers make nothing of the worlds, nothing was tried.
    return not differing and kinds["thrown away"] <= max(2, len(results) // 5)


def old_files_out():
    if CACHE.is_dir():
        for file in CACHE.iterdir():
            try:
                if time.time() - file.stat().st_mtime > DAYS * 86400:
                    file.unlink()
            except FileNotFoundError:
                pass


def make_parser():
    parser = argparse.ArgumentParser(prog="script/differential", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="Exit status: 0 nothing unexplained differs, 1 something does, 77 nothing could be tried.")
    parser.add_argument("--seeds", metavar="A-B", default="1-100", help="worlds to make and run (1-100)")
    parser.add_argument("--file", help="seeds from a file instead, # begins a comment")
    parser.add_argument("--today", metavar="N", type=int, help="N seeds that nobody tried before, by the day's date")
    parser.add_argument("--minimise", metavar="SEED", type=int, help="print a small script that differs as this world does")
    parser.add_argument("--show", metavar="SEED", type=int, help="print a script that makes and runs this world")
    parser.add_argument("--base", metavar="DIR", help="run inside this chroot (tests/conformance/bases makes them); root only")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="worlds at a time")
    parser.add_argument("--keep", metavar="DIR", help="leave differing worlds there, with a script for each")
    parser.add_argument("--seconds", type=float, help="stop after so many")
    parser.add_argument("--without", metavar="FEATURE,…", type=lambda s: tuple(s.split(",")), default=(),
                        help="worlds without these, other ones then: " + " ".join(generate.FEATURES))
    parser.add_argument("--only", metavar="FEATURE,…", type=lambda s: tuple(s.split(",")), default=(), help="worlds that all have these")
    parser.add_argument("--products", metavar="DIR", default=HERE.parents[1] / "build", help="with bin/bulkhead and lib/ (build)")
    parser.add_argument("--linkers", metavar="LINKER,…", type=lambda s: tuple(s.split(",")), default=(),
                        help="as if no others of bfd, gold, lld, mold were installed")
    parser.add_argument("--list-agreeing", action="store_true", help="print the seeds that agree, and nothing else")
    parser.add_argument("--verbose", action="store_true", help="print differing seeds at once")
    return parser


def main():
    parser = make_parser()
    parser.prog = "script/differential"
    if any(word in ("-h", "--help") for word in sys.argv[1:]):
        print(parser.format_help().replace("usage: ", "usage: ", 1), end="")
        return 0
    arguments = parser.parse_args()
    for tool in ("gcc", "g++"):
        if not shutil.which(tool):
            print(f"skipped: there is no {tool}")
            return 77
    if arguments.base and os.geteuid() != 0:
        print("skipped: only root can change the root directory")
        return 77
    if not (pathlib.Path(arguments.products) / "bin/bulkhead").exists():
        print(f"failed: there is no bin/bulkhead in {arguments.products}")
        return 1
    old_files_out()
    with tempfile.TemporaryDirectory(prefix="bulkhead-differential-") as scratch:
        seed = arguments.minimise or arguments.show
        if seed is not None:
            begin(arguments, scratch)
            world = generate.generate(seed, arguments.without, arguments.only)
            small = minimise.minimise(bench.judge, world, bool(arguments.verbose)) if arguments.minimise is not None else world
            native, other, verdict = bench.judge(small)
            bench.executor.close()
            print(script.text(small, native, other, verdict), end="")
            return 0
        results, planned = run(arguments, scratch)
    if arguments.list_agreeing:
        agreeing = [str(result.seed) for result in results if result.kind in ("same", "explained")]
        print("# Seeds that agreed: README.md.", *(" ".join(agreeing[at:at + 20]) for at in range(0, len(agreeing), 20)), sep="\n")
        return 0
    return 0 if summary(results, planned, arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
