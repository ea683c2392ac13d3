"""Reads symbols.tsv and base.tsv, refusing what contradicts itself."""

import os
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("alias", "thin", "reimplemented", "enosys", "data", "missing")
# Which product stands beside which library of glibc.
PRODUCTS = {"libc.so.6": "compat", "ld.so": "compat", "libm.so.6": "compat-m", "libmvec.so.1": "compat-m"}
# The first version of each architecture's glibc: nothing older exists there.
BASELINE = {"x86_64": "GLIBC_2.2.5", "aarch64": "GLIBC_2.17"}

# Version nodes up to 2.31 that glibc 2.31's own library does not have, though libpthread or another
# may: an image that asks for one of these does not load there, weak or not.
NODES_ABSENT_IN_2_31 = {
    "libc.so.6": {"GLIBC_2.19", "GLIBC_2.20", "GLIBC_2.21", "GLIBC_2.31"},
    "libm.so.6": {f"GLIBC_2.{minor}" for minor in (3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 20, 21, 22, 30)},
}

Row = namedtuple("Row", "symbol version library machine kind what home note")
Wanted = namedtuple("Wanted", "symbol version library kind strength")


def version_key(version):
    return tuple(int(part) for part in version.removeprefix("GLIBC_").split("."))


def lines_of(name, columns):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            fields = line.split("\t")
            if len(fields) != columns:
                raise SystemExit(f"{name}:{number}: {len(fields)} columns, expected {columns}")
            yield fields


def read_symbols():
    rows = [Row(*fields) for fields in lines_of("symbols.tsv", 8)]
    seen = set()
    for row in rows:
        if (row.symbol, row.version) in seen:
            raise SystemExit(f"symbols.tsv: {row.symbol}@{row.version} is listed twice")
        seen.add((row.symbol, row.version))
        if row.kind not in KINDS or row.library not in PRODUCTS:
            raise SystemExit(f"symbols.tsv: {row.symbol}: unknown kind or library")
        if (row.kind == "alias") != ("@" in row.what):
            raise SystemExit(f"symbols.tsv: {row.symbol}: an alias names symbol@version, no other kind does")
        if row.kind == "missing" and not row.note:
            raise SystemExit(f"symbols.tsv: {row.symbol}: missing, but does not say why")
        if row.kind not in ("alias", "missing") and not os.path.exists(os.path.join(HERE, row.what)):
            raise SystemExit(f"symbols.tsv: {row.symbol}: there is no {row.what}")
    return rows


Exported = namedtuple("Exported", "library symbol version kind")


def read_oldest(machine):
    return [Exported(*fields) for fields in lines_of(f"oldest_{machine}.tsv", 4)]


Figure = namedtuple("Figure", "tree what name count")
MEASURED = "../../tests/compat/measured.tsv"
MEASURED_HEAD = """# What libraries of Debian's suites import, counted by tests/compat/scan_tree.py --record.
# Columns, separated by tabs: tree, what (glibc, figure, kind, file, marker, private, symbol), name, number of libraries
"""


def read_measured():
    return [Figure(*fields[:3], int(fields[3])) for fields in lines_of(MEASURED, 4)]


def write_measured(tree, rows, new):
    """`new` is (what, name, count)… and stands for all that `rows` say of `tree`."""
    rows = [row for row in rows if row.tree != tree] + [Figure(tree, *row) for row in new]
    with open(os.path.join(HERE, MEASURED), "w", encoding="utf-8") as file:
        file.write(MEASURED_HEAD + "".join("\t".join(map(str, row)) + "\n" for row in rows))


def provided(rows, product, machine):
    return [row for row in rows if PRODUCTS[row.library] == product and row.kind != "missing"
            and row.machine in ("*", machine)]


def pinned(version, machine):
    return max(version, BASELINE[machine], key=version_key)


def wanted_from_base(rows, machine):
    """What both products together import: base.tsv and the targets of the aliases, as
    {(symbol, version): Wanted}, versions as `machine` has them."""
    wanted = {}
    for fields in lines_of("base.tsv", 5):
        entry = Wanted(*fields)
        wanted[entry.symbol, pinned(entry.version, machine)] = entry
    for row in rows:
        if row.kind != "alias" or row.machine not in ("*", machine):
            continue
        symbol, version = row.what.split("@")
        library = "libm.so.6" if PRODUCTS[row.library] == "compat-m" else "libc.so.6"
        strength = "strong" if row.home == "-" else "weak"
        wanted.setdefault((symbol, pinned(version, machine)), Wanted(symbol, version, library, "func", strength))
    for (symbol, version), entry in wanted.items():
        absent = NODES_ABSENT_IN_2_31[entry.library] - {BASELINE[machine]}
        if version_key(version) > (2, 31) or version in absent:
            raise SystemExit(f"{symbol}@{version}: {entry.library} of glibc 2.31 has no such version")
    return wanted
