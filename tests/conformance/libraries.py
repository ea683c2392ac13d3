"""Which shared libraries of a tree the breadth test opens, and under which name."""
import pathlib
import re
import subprocess

# Where ld.so looks by default on Debian; plugins lie in folders below and are opened by their own programs.
DIRECTORIES = ["usr/lib/x86_64-linux-gnu", "usr/lib"]

# What glibc consists of (packages libc6 and libc-bin): shared with the base, never taken from a tree.
GLIBC = re.compile(r"^(ld-linux-x86-64|ld|lib(c|m|dl|rt|pthread|util|anl|resolv|nsl|mvec|BrokenLocale|thread_db|"
                   r"memusage|pcprofile|SegFault|c_malloc_debug|nss_(files|dns|compat|hesiod|nis|nisplus))"
                   r")(-2\.\d+)?\.so(\.\d+)*$")
GLIBC_OWN_NSL = "libnsl.so.1"  # libnsl.so.2 is a package of its own


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, errors="replace", env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                          check=False).stdout


def is_shared_library(path):
    """64 bits, little endian, ET_DYN, x86-64."""
    with open(path, "rb") as file:
        head = file.read(20)
    return head[:6] == b"\x7fELF\x02\x01" and head[16:20] == b"\x03\x00\x3e\x00"


def soname_of(path):
    match = re.search(r"\(SONAME\)\s+Library soname: \[(.*)\]", readelf("-d", path))
    return match.group(1) if match else None


def a_function_of(path):
    """The first function that anybody can bind to, or None: its address shows whose library it is."""
    for line in readelf("--dyn-syms", path).splitlines():
        fields = line.split()
        if len(fields) == 8 and fields[3] == "FUNC" and fields[4] == "GLOBAL" and fields[5] == "DEFAULT" \
                and fields[6] not in ("UND", "ABS") and re.fullmatch(r"\w+(@@\S+)?", fields[7]):
            name = fields[7].split("@")[0]
            if name not in ("_init", "_fini", "main"):
                return name
    return None


def libraries_of(tree):
    """[{name, file, symbol}]: every regular file of the tree's library directories that is a shared library
    and not glibc's; file is relative to the tree. The name is the SONAME where the directory has the
    library under it, else the file's own."""
    found = {}
    for directory in DIRECTORIES:
        for path in sorted(pathlib.Path(tree, directory).glob("*.so*")):
            if path.is_symlink() or not path.is_file() or not is_shared_library(path):
                continue
            name = soname_of(path) or path.name
            if not (path.parent / name).exists() or not (path.parent / name).samefile(path):
                name = path.name
            if name == GLIBC_OWN_NSL or name != "libnsl.so.2" and GLIBC.match(name):
                continue
            found.setdefault(name, {"name": name, "file": str(path.relative_to(tree)),
                                    "symbol": a_function_of(path) or "-"})
    return [found[name] for name in sorted(found)]
