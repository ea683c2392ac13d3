#!/usr/bin/env python3
"""scan_tree.py [--since 2.31] TREE...

What the libraries and programs of unpacked trees import from the glibc family beyond a version,
and how compat answers: one line for each symbol that the table lacks or calls missing, then the
marker versions met, then the counts by kind. Exit status 1 if a library needs a symbol that
compat does not provide (programs are not loaded into capsules; their own start-up is no concern).
"""

import argparse
import os
import sys
from collections import Counter, defaultdict

from elf_names import Image, NotAnImage

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(ROOT, "src/compat"))
from table import read_symbols, version_key  # noqa: E402

FAMILY = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2", "libmvec.so.1",
          "libutil.so.1", "libanl.so.1", "libnsl.so.1", "libBrokenLocale.so.1", "libthread_db.so.1",
          "libc_malloc_debug.so.0", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2",
          "libnss_hesiod.so.2", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def images(tree):
    for directory, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(directory, name)
            if os.path.islink(path) or not (".so" in name or os.access(path, os.X_OK)):
                continue
            try:
                image = Image(path)
            except (NotAnImage, OSError):
                continue
            if image.soname not in FAMILY and "/gconv/" not in path:
                yield name, image


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--since", default="2.31")
    parser.add_argument("trees", nargs="+")
    arguments = parser.parse_args()
    since = version_key("GLIBC_" + arguments.since)

    table = {(row.symbol, row.version): row.kind for row in read_symbols()}
    importers, markers, examined = defaultdict(list), Counter(), 0
    for tree in arguments.trees:
        for name, image in images(tree):
            examined += 1
            program = image.soname is None and ".so" not in name
            for file, version, _ in image.required:
                if file in FAMILY and version.startswith(("GLIBC_ABI_", "GLIBC_PRIVATE")):
                    markers[version] += 1
            for symbol in image.imports():
                version = symbol.version or ""
                if symbol.file in FAMILY and version.startswith("GLIBC_2.") and version_key(version) > since:
                    importers[symbol.key].append((name, symbol.weak, program))

    kinds, failed = Counter(), False
    for key in sorted(importers, key=lambda k: (version_key(k[1]), k[0])):
        kind = table.get(key, "unknown")
        kinds[kind] += 1
        if kind in ("unknown", "missing"):
            needing = [name for name, weak, program in importers[key] if not weak and not program]
            failed |= bool(needing)
            print(f"{'@'.join(key)}: {kind}, imported by {len(importers[key])}, needed by libraries: {needing[:5] or 'none'}")
    print(f"{examined} images, {len(importers)} symbols beyond {arguments.since}:", dict(kinds))
    print("marker versions:", dict(markers) or "none")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
