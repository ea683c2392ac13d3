"""Where measurements happen: the build, the tree, a scratch directory, and how samples are taken."""

import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sysconfig

from table import Row, Skip

_SOURCE = pathlib.Path(__file__).resolve().parent.parent

# What a program must not inherit: it would change what is measured.
_UNWANTED = ("LD_", "BULKHEAD_", "XDG_", "LIBGL_", "MESA_", "OPENSSL_", "SSL_")


def _library_below(root, name):
    multiarch = sysconfig.get_config_var("MULTIARCH") or "."
    for directory in ("usr/lib/" + multiarch, "lib/" + multiarch, "usr/lib64", "usr/lib"):
        path = root / directory / name
        if path.exists():
            return str(path)
    raise Skip(f"there is no {name} in the tree {root}")


class Samples:
    """Figures taken by turns, one list a command."""

    def __init__(self, columns):
        self.columns = columns

    def scaled(self, factor):
        return Samples([[figure * factor for figure in column] for column in self.columns])

    def row(self, what, compared_with, unit, kind="ratio", ours=0, other=1, **more):
        """Compares two of the commands."""
        a, b = _undisturbed(self.columns[ours]), _undisturbed(self.columns[other])
        return Row(what, compared_with, unit, a, b, kind, a / b if kind == "ratio" else a - b, **more)


def _undisturbed(figures):
    """The median of the fastest quarter: what other processes do to a sample only makes it
    slower, and a minimum alone would be chance."""
    return statistics.median(sorted(figures)[:max(1, len(figures) // 4)])


class Place:
    def __init__(self, build, tree, scratch, quick):
        self.bulkhead = build.resolve() / "bin" / "bulkhead"
        self.programs = build.resolve() / "bench"
        self.scratch = scratch
        self.quick = quick
        self.tree = tree.resolve() if tree else self._own_release()
        self._shims = {}
        self._x_server = None
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_UNWANTED) and k != "DISPLAY"}
        self.environment = {**kept, "HOME": str(scratch / "home"), "XDG_CACHE_HOME": str(scratch / "cache"),
                            "LC_ALL": "C"}
        (scratch / "home").mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._x_server:
            self._x_server.terminate()
            self._x_server.wait()

    def _own_release(self):
        release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        command = [_SOURCE / "tests/real/trees", *(["--made"] if self.quick else []), release]
        found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        return pathlib.Path(found.stdout.strip() if found.returncode == 0 else "/").resolve()

    def describe(self):
        cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                    if line.startswith("model name")), platform.machine())
        return {"system": platform.freedesktop_os_release().get("PRETTY_NAME", "?"),
                "libc": " ".join(platform.libc_ver()), "kernel": platform.release(), "cpu": cpu,
                "processors": os.cpu_count(), "load": round(os.getloadavg()[0], 2),
                "tree": "/" if str(self.tree) == "/" else "of this release", "quick": self.quick}

    def program(self, name):
        path = self.programs / name
        if not path.exists():
            raise Skip(f"{name} was not built (are the headers that it needs installed?)")
        return str(path)

    def in_tree(self, name):
        """The host path of a library of the tree."""
        return _library_below(self.tree, name)

    def of_system(self, name):
        return _library_below(pathlib.Path("/"), name)

    def only(self, *libraries):
        """LD_LIBRARY_PATH=… with these libraries of the tree, and no other of it."""
        directory = self.scratch / "-".join(libraries)
        directory.mkdir()
        for name in libraries:
            (directory / name).symlink_to(self.in_tree(name))
        return f"LD_LIBRARY_PATH={directory}"

    def shims(self, *libraries, tree=None):
        """LD_LIBRARY_PATH=… with shims of these libraries."""
        tree = tree or self.tree
        if (tree, libraries) not in self._shims:
            directory = self.scratch / f"shims-{len(self._shims)}"
            exposed = [word for library in libraries for word in ("--expose", library)]
            self.call(self.bulkhead, "shim", "--tree", tree, *exposed, "-o", directory)
            os.sync()  # a page that is not on disk yet would count as dirty memory of who maps it
            self._shims[tree, libraries] = directory
        return f"LD_LIBRARY_PATH={self._shims[tree, libraries]}"

    def preloaded(self, *words, **variables):
        """The assignments by which `bulkhead preload` with these options and tools starts programs."""
        said = self.call(self.bulkhead, "preload", *words, "--", "env", "-0", **variables).split("\0")
        return [word for word in said if word.startswith(("LD_PRELOAD=", "GLIBC_TUNABLES="))]

    def on_tree(self, *options):
        """The words of a command line that runs a program on the tree."""
        return [str(self.bulkhead), "run", "--tree", str(self.tree), *options, "--"]

    def call(self, *command, **variables):
        return subprocess.run([str(word) for word in command], env={**self.environment, **variables}, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout

    def sample(self, rounds, *commands, reported=False):
        """Starts the commands by turns, that many rounds. A command is a list of words, which
        may begin with assignments. A figure is the time from start to exit in milliseconds,
        or the number that the command prints."""
        rounds, warmup = (3, 1) if self.quick else (rounds, 1 + rounds // 20)
        words = [word for command in commands for word in (":::", *command)]
        sampler = [self.program("sampler"), *(["-r"] if reported else []), str(rounds), str(warmup)]
        lines = self.call(*sampler, *words).splitlines()
        columns = [list(column) for column in zip(*([float(x) for x in line.split()] for line in lines))]
        return Samples(columns) if reported else Samples(columns).scaled(1e-6)

    def display(self):
        """DISPLAY=… of an X server that runs until the end."""
        if self._x_server is None:
            if not shutil.which("Xvfb"):
                raise Skip("Xvfb is not installed (script/setup installs it)")
            reader, writer = os.pipe()
            self._x_server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writer), "-screen", "0", "640x480x24", "-nolisten", "tcp",
                 "-noreset"],  # or it turns clients away for a moment after each last one
                pass_fds=[writer], env=self.environment, stderr=subprocess.DEVNULL)
            os.close(writer)
            with os.fdopen(reader) as number:
                self._display = number.readline().strip()
        if not self._display:
            raise Skip("Xvfb did not start")
        return f"DISPLAY=:{self._display}"
