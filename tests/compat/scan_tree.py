#!/usr/bin/env python3
"""usage: scan_tree.py [--programs] [--base ROOT] [--record NAME] TREE...

What the libraries of unpacked trees import from the glibc family beyond 2.31, and how compat
answers: one line for each symbol that the table lacks or calls missing and for each version that
nobody defines, then the figures. Trees come from tests/real/trees or scan_packages.

  --programs     count programs as well (they are not loaded into capsules)
  --base ROOT    the directory with a base's files: what neither its glibc nor compat has is
                 reported, of whatever version, instead of what the table lacks
  --record NAME  write the figures to tests/compat/measured.tsv under NAME, from where they come
                 into docs/compat.md; NAME's older ones are replaced

A glibc in the trees is held against the table as well. Exit status: 1 if a library needs a symbol
or version that nobody provides, or if glibc has a symbol that the table lacks; else 0. Weak imports
and imports of GLIBC_PRIVATE are counted and listed, but fail nothing.
"""

import argparse
import os
import sys
from collections import Counter, defaultdict

from elf_names import DF_1_PIE, DT_FLAGS_1, DT_RELR, PT_INTERP, R_X86_64_TLSDESC, Image, NotAnImage

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
sys.path.insert(0, os.path.join(ROOT, "src/compat"))
from table import read_measured, read_symbols, version_key, write_measured  # noqa: E402

FAMILY = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2", "libmvec.so.1",
          "libutil.so.1", "libanl.so.1", "libnsl.so.1", "libBrokenLocale.so.1", "libthread_db.so.1",
          "libc_malloc_debug.so.0", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2",
          "libnss_hesiod.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
# glibc's own as well, without a SONAME of that list.
GLIBCS_OWN = {"libmemusage.so", "libpcprofile.so", "libSegFault.so", "sotruss-lib.so"}
# The nodes that compat's symbols stand under.
FIRST, LAST = (2, 32), (2, 44)


def numbered(version):
    return version.startswith("GLIBC_2.") and version[8:].replace(".", "").isdigit()


def images(trees, family):
    """(path, image) of every shared object and program that is, or is not, of the glibc family."""
    for tree in trees:
        for directory, _, files in sorted(os.walk(tree)):
            for name in sorted(files):
                path = os.path.join(directory, name)
                if os.path.islink(path) or not (".so" in name or os.access(path, os.X_OK)):
                    continue
                try:
                    image = Image(path)
                except (NotAnImage, OSError):
                    continue
                own = image.soname in FAMILY or name in GLIBCS_OWN or "/gconv/" in path
                if own == family:
                    yield path, image


def is_program(path, image):
    """Started, not loaded. Some libraries can be started too and keep the name of a library."""
    pie = image.tag.get(DT_FLAGS_1, 0) & DF_1_PIE
    return bool(image.segment(PT_INTERP) or pie) and ".so" not in os.path.basename(path)


class Base:
    """The glibc of a root directory: its symbols, and the version nodes of each of its files."""

    def __init__(self, root):
        self.symbols, self.nodes = set(), defaultdict(set)
        for path in {os.path.realpath(os.path.join(directory, name))
                     for directory in self.directories(root) for name in FAMILY}:
            if os.path.exists(path):
                image = Image(path)
                self.symbols |= {symbol.key for symbol in image.exports()}
                self.nodes[image.soname] |= set(image.provided)
        if "libc.so.6" not in self.nodes:
            raise SystemExit(f"scan_tree: {root} has no libc.so.6")

    @staticmethod
    def directories(root):
        for directory in ("lib", "lib64", "usr/lib", "usr/lib64"):
            path = os.path.join(root, directory)
            if os.path.isdir(path):
                yield path
                yield from (os.path.join(path, name) for name in os.listdir(path) if name.endswith("-linux-gnu"))

    def defines(self, file, version):
        return version in self.nodes[file] or numbered(version) and FIRST <= version_key(version) <= LAST


class Findings:
    FIGURES = LIBRARIES, NEWER, PRIVATE, RELR, UNMARKED_RELR, TLSDESC, UNMARKED_TLSDESC = (
        "libraries", "that import a symbol beyond 2.31", "that import a symbol of GLIBC_PRIVATE",
        "with packed relative relocations (DT_RELR)", "of these without GLIBC_ABI_DT_RELR",
        "with TLS descriptors (R_X86_64_TLSDESC)", "of these without GLIBC_ABI_GNU2_TLS")

    def __init__(self):
        self.figures, self.files, self.markers = dict.fromkeys(self.FIGURES, 0), Counter(), Counter()
        self.symbols = defaultdict(list)   # (symbol, version): [(library, weak)]
        self.private = defaultdict(list)
        self.versions = defaultdict(list)  # (file, version): [library]

    def add(self, path, image):
        name = os.path.basename(path)
        self.figures[self.LIBRARIES] += 1
        imports = [symbol for symbol in image.imports() if symbol.file in FAMILY]
        for file in {symbol.file for symbol in imports}:
            self.files[file] += 1
        newer = private = False
        for symbol in imports:
            if symbol.version == "GLIBC_PRIVATE":
                self.private[symbol.key].append((name, symbol.weak))
                private = True
            elif numbered(symbol.version):
                self.symbols[symbol.key].append((name, symbol.weak))
                newer |= version_key(symbol.version) >= FIRST
        required = {(file, version) for file, version, weak in image.required if file in FAMILY and not weak}
        for file, version in required:
            self.versions[file, version].append(name)
        marks = {version for _, version in required if version.startswith("GLIBC_ABI_")}
        self.markers.update(marks)
        self.figures[self.NEWER] += newer
        self.figures[self.PRIVATE] += private
        if DT_RELR in image.tag:
            self.figures[self.RELR] += 1
            self.figures[self.UNMARKED_RELR] += "GLIBC_ABI_DT_RELR" not in marks
        if image.machine == 62 and image.has_relocation(R_X86_64_TLSDESC):
            self.figures[self.TLSDESC] += 1
            self.figures[self.UNMARKED_TLSDESC] += "GLIBC_ABI_GNU2_TLS" not in marks


def report_new_glibc(trees):
    """What the trees' own glibc exports beyond 2.31 and the table has never heard of: whether there
    is such a symbol, and glibc's newest version node."""
    known, unheard, nodes = {(row.symbol, row.version) for row in read_symbols()}, set(), set()
    for _, image in images(trees, True):
        if image.soname == "libc.so.6":
            nodes |= {node for node in image.provided if numbered(node)}
        if image.soname in ("libc.so.6", "libm.so.6", "libmvec.so.1", "ld-linux-x86-64.so.2"):
            unheard |= {symbol.key for symbol in image.exports() if symbol.version and numbered(symbol.version)
                        and version_key(symbol.version) >= FIRST and symbol.key not in known}
    for key in sorted(unheard):
        print(f"{'@'.join(key)}: exported by the trees' glibc, not in symbols.tsv")
    return bool(unheard), max(nodes, key=version_key, default=None)


def packages_of(tree):
    """Both scripts that make trees list beside one what packages are in it."""
    listing = tree.rstrip("/") + ".packages"
    return sum(1 for _ in open(listing, encoding="utf-8")) if os.path.exists(listing) else 0


def report(what, names):
    print(f"{what}: {len(names)} libraries, as {', '.join(sorted(set(names))[:4])}")


def main():
    if sys.argv[1:2] in (["--help"], ["-h"]):
        print(__doc__)
        return 0
    parser = argparse.ArgumentParser(usage="scan_tree.py [--programs] [--base ROOT] [--record NAME] TREE...")
    parser.add_argument("--programs", action="store_true")
    parser.add_argument("--base")
    parser.add_argument("--record")
    parser.add_argument("trees", nargs="+")
    arguments = parser.parse_args()

    found, seen = Findings(), set()
    for path, image in images(arguments.trees, False):
        if not arguments.programs and is_program(path, image):
            continue
        if path not in seen:
            seen.add(path)
            found.add(path, image)

    kind_of = {(row.symbol, row.version): row.kind for row in read_symbols()}
    base = Base(arguments.base) if arguments.base else None
    failed, newest = report_new_glibc(arguments.trees)
    kinds = Counter()
    for key in sorted(found.symbols, key=lambda k: (version_key(k[1]), k[0])):
        beyond = version_key(key[1]) >= FIRST
        kind = kind_of.get(key, "unknown")
        kinds[kind] += beyond
        if base is None and not beyond or base and key in base.symbols:
            continue
        if kind in ("unknown", "missing"):
            needing = [name for name, weak in found.symbols[key] if not weak]
            failed |= bool(needing)
            report(f"{'@'.join(key)}: {kind}" + ("" if needing else ", weak everywhere"),
                   [name for name, _ in found.symbols[key]])
    for key in sorted(found.private):
        if base is None or key not in base.symbols:
            report(f"{'@'.join(key)}: never provided", [name for name, _ in found.private[key]])
    if base:
        for (file, version), names in sorted(found.versions.items()):
            if not base.defines(file, version):
                report(f"version {version} of {file}: not defined", names)
                failed = True

    newer = {key: len(names) for key, names in found.symbols.items() if version_key(key[1]) >= FIRST}
    figures = [("glibc", newest.removeprefix("GLIBC_"), 1)] if newest else []
    figures += [("figure", "packages", sum(map(packages_of, arguments.trees)))]
    figures += [("figure", name, count) for name, count in found.figures.items()]
    figures += [("figure", "distinct symbols beyond 2.31", len(newer))]
    figures += [("kind", name, count) for name, count in sorted(kinds.items()) if count]
    figures += [("file", name, count) for name, count in found.files.most_common()]
    figures += [("marker", name, count) for name, count in sorted(found.markers.items())]
    figures += [("private", "@".join(key), len(names)) for key, names in sorted(found.private.items())]
    for kind, name, count in figures:
        print(f"{kind:8} {count:6} {name}")
    if arguments.record:
        symbols = sorted(newer.items(), key=lambda item: (version_key(item[0][1]), -item[1], item[0][0]))
        write_measured(arguments.record, read_measured(),
                       figures + [("symbol", "@".join(key), count) for key, count in symbols])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
