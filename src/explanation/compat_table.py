"""Writes the body of compat_table.h from src/compat/symbols.tsv.

usage: compat_table.py MACHINE OUTPUT
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "compat"))
import table  # noqa: E402 (src/compat/table.py)


def literal(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    machine, output = sys.argv[1:]
    rows = []
    for row in table.read_symbols():
        if row.machine not in ("*", machine):
            continue
        home = "" if row.home == "-" else row.home
        cells = (row.symbol, row.version, row.kind, home, row.note)
        rows.append("    {" + ", ".join(literal(cell) for cell in cells) + "},\n")
    with open(output, "w", encoding="utf-8") as file:
        file.write('#include "explanation/compat_table.h"\n\nnamespace bulkhead::explanation {\nnamespace {\n\n'
                   "constexpr plan::CompatSymbol kTable[] = {\n" + "".join(rows) + "};\n\n}  // namespace\n\n"
                   "std::span<const plan::CompatSymbol> compat_table() { return kTable; }\n\n"
                   "}  // namespace bulkhead::explanation\n")


if __name__ == "__main__":
    main()
