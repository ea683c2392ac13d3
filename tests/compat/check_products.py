#!/usr/bin/env python3
"""check_products.py SOURCE-ROOT LIBRARY-DIRECTORY MACHINE

Holds the built compat libraries against src/compat/symbols.tsv and base.tsv: what they export is
the table, exactly; what they import exists in glibc 2.31; what they need is what was promised.
Prints every difference and exits 1 if there is one.
"""

import os
import sys

from elf_names import (DT_INIT_ARRAYSZ, DT_RELR, DT_TEXTREL, PT_GNU_RELRO, PT_GNU_STACK, PT_TLS, Image)

ROOT, LIBRARIES, MACHINE = sys.argv[1:4]
sys.path.insert(0, os.path.join(ROOT, "src/compat"))
import generate  # noqa: E402
from table import provided, read_measured, read_symbols, wanted_from_base  # noqa: E402

PROMISES = {
    "compat": ("libbulkhead-compat.so.0", ["libc.so.6"]),
    "compat-m": ("libbulkhead-compat-m.so.0", ["libc.so.6", "libm.so.6"]),
}
faults = []


def expect(holds, what):
    if not holds:
        faults.append(what)


def differ(what, found, expected):
    for key in sorted(found - expected):
        faults.append(f"{what}: {'@'.join(key)} is there but not expected")
    for key in sorted(expected - found):
        faults.append(f"{what}: {'@'.join(key)} is expected but not there")


rows = read_symbols()
wanted = wanted_from_base(rows, MACHINE)
imported = set()
for product, (name, needed) in PROMISES.items():
    image = Image(os.path.join(LIBRARIES, name))
    exports = image.exports()
    differ(f"{name} exports", {s.key for s in exports}, {(r.symbol, r.version) for r in provided(rows, product, MACHINE)})
    for symbol in exports:
        expect(symbol.default, f"{name}: {symbol.name} is not the default version of its name")
        expect(symbol.kind in ("func", "object") and symbol.size > 0, f"{name}: {symbol.name} has no type or size")
    for symbol in image.imports():
        imported.add(symbol.key)
        expect(symbol.version, f"{name}: {symbol.name} is imported without a version")
        entry = wanted.get(symbol.key)
        expect(entry, f"{name}: {symbol.name}@{symbol.version} is imported; base.tsv does not have it")
        if entry:
            expect(symbol.file == entry.library, f"{name}: {symbol.name} is asked of {symbol.file}")
            expect(symbol.weak == (entry.strength == "weak"), f"{name}: {symbol.name} should be {entry.strength}")
    for kind, symbol in image.relocations():
        expect(symbol is None or not symbol.defined, f"{name}: refers to its own {symbol and symbol.name} by name")
    expect(image.soname == name, f"{name}: its DT_SONAME is {image.soname}")
    expect(image.needed == needed, f"{name}: needs {image.needed}, promised {needed}")
    expect(image.segment(PT_TLS) is None, f"{name}: has thread-local storage")
    expect(image.segment(PT_GNU_RELRO), f"{name}: has no RELRO")
    expect(image.segment(PT_GNU_STACK) and not image.segment(PT_GNU_STACK)[1] & 1, f"{name}: executable stack")
    for tag, what in ((DT_RELR, "DT_RELR"), (DT_TEXTREL, "DT_TEXTREL"), (DT_INIT_ARRAYSZ, "initialisers"), (12, "DT_INIT"), (29, "DT_RUNPATH"), (15, "DT_RPATH")):
        expect(tag not in image.tag, f"{name}: has {what}")
differ("base.tsv and the aliases' targets", set(wanted), imported)

kind_of = {f"{row.symbol}@{row.version}": row.kind for row in rows}
for measured in read_measured():
    if measured.what == "symbol":
        expect(kind_of.get(measured.name, "missing") != "missing", f"{measured.name}: imported, but not provided")

documented = open(os.path.join(ROOT, "docs/compat.md"), encoding="utf-8").read()
expect(documented == generate.docs(), "docs/compat.md is out of date: src/compat/generate.py docs > docs/compat.md")

for fault in faults:
    print(fault)
sys.exit(1 if faults else 0)
