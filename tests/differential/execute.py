"""Runs what build.py made: natively twice, then with bulkhead, and reads what came."""
import dataclasses
import pathlib
import re
import shlex
import subprocess

SECONDS = 20  # of a run; all of them end in milliseconds


@dataclasses.dataclass
class Outcome:
    """What a run printed, how it ended, and what it said on standard error."""
    lines: list
    status: int
    said: str
    maps: str = ""  # what was mapped when main began; not of the first run

    def same(self, other):
        return self.lines == other.lines and self.status == other.status


def name_for(lib):
    if lib["dir"]:
        return f"/usr/lib/{lib['dir']}/{lib['file']}"
    return lib["soname"] or lib["file"]


def of_role(world, role):
    return [lib for lib in world["libs"] if lib["role"] == role]


def options_of(world):
    """What bulkhead is told: words after run or shim."""
    words = ["--tree", "t", "--expose", ",".join(name_for(lib) for lib in of_role(world, "exposed"))]
    shared = [lib["soname"] or lib["file"] for lib in of_role(world, "shared")]
    if any(lib["cxx"] for lib in world["libs"]) and world["seed"] % 2:
        shared.append("libstdc++.so.6")
    return words + (["--share", ",".join(shared)] if shared else [])


def environment(world):
    words = [f"{name}={value}" for name, value in sorted(world["env"].items())]
    libs = {lib["id"]: lib for lib in world["libs"]}
    preload = [libs[each]["soname"] or libs[each]["file"] for each in world["preload"] if each in libs]
    return words + ([f"LD_PRELOAD={':'.join(preload)}"] if preload else [])


def script(world, bulkhead):
    """A shell script that runs a world in the directory where build.py made it. bulkhead: the command's path."""
    env = " ".join(map(shlex.quote, environment(world)))
    options = " ".join(map(shlex.quote, options_of(world)))
    one = 'timeout -s KILL %d env LD_LIBRARY_PATH=%s %s %s %s >%s.out 2>%s.err; echo $? >%s.rc\n'

    def run(name, path, *command):
        maps = f"MAPS=$PWD/{name}.maps" * (name != "native")
        return one % (SECONDS, path, maps, env, " ".join(command), name, name, name)
    lines = "ulimit -c 0\nexport N=$PWD/n T=$PWD/t XDG_CACHE_HOME=$PWD/cache\nunset LD_LIBRARY_PATH BULKHEAD_DEBUG\n"
    lines += run("native", "$N", "./prog") + run("again", "$N", "./prog")
    lines += "cmp -s native.out again.out || exit 0\n"
    tool = shlex.quote(str(bulkhead))
    if world["way"] == "run":
        lines += run("other", "$N", f"{tool} run {options} -- ./prog")
    elif world["way"] == "shim":
        lines += f"if LD_LIBRARY_PATH=$N {tool} shim {options} -o shims >other.out 2>other.err; then\n" + run("other", "$PWD/shims:$N", "./prog") + \
            "else echo $? >other.rc; : >other.out; fi\n"
    else:
        # Under the same name, which dladdr tells.
        lines += "mv prog prog-native; mv prog-api prog\n"
        lines += run("other", f"$N:{shlex.quote(str(pathlib.Path(bulkhead).parent.parent))}/lib", "./prog")
    return lines


def outcome(place, name):
    try:
        status = int((place / f"{name}.rc").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    lines = (place / f"{name}.out").read_text(encoding="utf-8", errors="replace").splitlines()
    said = (place / f"{name}.err").read_text(encoding="utf-8", errors="replace")
    maps = place / f"{name}.maps"
    return Outcome(lines, status, said.replace(str(place), "W"),
                   maps.read_text(encoding="utf-8", errors="replace") if maps.exists() else "")


class Here:
    """Runs scripts on this system."""

    def __init__(self, bulkhead):
        self.bulkhead = bulkhead

    def run(self, world, place):
        text = script(world, self.bulkhead)
        (place / "run.sh").write_text(text, encoding="utf-8")
        subprocess.run(["sh", "run.sh"], cwd=place, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return [outcome(place, name) for name in ("native", "again", "other")]

    def close(self):
        pass


class Inside:
    """Runs scripts with another release as the root directory: one tests/conformance/inside for all of them."""

    def __init__(self, inside, base, products, worlds):
        self.process = subprocess.Popen([str(inside), str(base), f"bulkhead={products}", f"w:={worlds}", "--", "sh"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bulkhead = "/mnt/bulkhead/bin/bulkhead"
        self.worlds = worlds

    def run(self, world, place):
        (place / "run.sh").write_text(script(world, self.bulkhead), encoding="utf-8")
        where = shlex.quote(f"/mnt/w/{place.relative_to(self.worlds)}")
        self.process.stdin.write(f"(cd {where} && sh run.sh </dev/null >/dev/null 2>&1); echo done\n")
        self.process.stdin.flush()
        if self.process.stdout.readline() != "done\n":
            raise RuntimeError("the base's shell ended")
        return [outcome(place, name) for name in ("native", "again", "other")]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def plain(text):
    """Without what changes from run to run."""
    text = re.sub(r"/proc/\d+/task/\d+/fd/[./]*\d+", "/proc/…", text)
    return re.sub(r"/\S*/(?=lib[A-L])", "", text)
