"""What was measured, as rows of a table."""

import dataclasses
import json
import subprocess


class Skip(Exception):
    """Something that a measure needs is not on this machine."""


@dataclasses.dataclass
class Row:
    what: str
    compared_with: str = ""
    unit: str = ""
    ours: float = 0
    other: float = 0
    kind: str = "ratio"         # or "difference": ours / other, ours - other
    value: float = 0
    limit: float | None = None  # what the value should not exceed; None for information
    noise: float = 0            # how far above its limit a value is still counted as equal to it
    skipped: str = ""
    failed: str = ""

    @property
    def met(self):
        return None if self.limit is None else self.value <= self.limit + self.noise


def rows_of(measure, place):
    """The measure's rows; a single one with the reason if it could not be done."""
    title = measure.__doc__.splitlines()[0].rstrip(".")
    try:
        return list(measure(place))
    except Skip as reason:
        return [Row(title, skipped=str(reason))]
    except subprocess.CalledProcessError as error:
        command = " ".join(str(word) for word in error.cmd)
        return [Row(title, failed=f"{(error.stderr or '').strip()} (exit code {error.returncode}: {command})")]


def _number(value, unit):
    digits = 0 if unit in ("KiB", "instructions") else 3 if unit == "ns" else 2
    return f"{value:.{digits}f} {unit}"


def _cells(row):
    if row.skipped or row.failed:
        return [row.what, f"skipped: {row.skipped}" if row.skipped else f"FAILED: {row.failed}"]
    if row.kind == "ratio":
        value, limit = f"{row.value:.2f}", "" if row.limit is None else f"≤ {row.limit:.2f}"
    else:
        value = ("+" if row.value >= 0 else "") + _number(row.value, row.unit)
        limit = "" if row.limit is None else "≤ +" + _number(row.limit, row.unit)
    met = {None: "", True: "yes", False: "NO"}[row.met]
    return [row.what, _number(row.ours, row.unit), f"{row.compared_with} {_number(row.other, row.unit)}",
            value, limit, met]


def as_text(rows, place):
    cells = [["what", "ours", "compared with", "ratio or difference", "target", "met?"]]
    cells += [_cells(row) for row in rows]
    full = [line for line in cells if len(line) == len(cells[0])]
    widths = [max(len(line[i]) for line in full) for i in range(len(cells[0]))]
    widths[0] = max(len(line[0]) for line in cells)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines += ["", "; ".join(f"{key}: {value}" for key, value in place.describe().items())]
    return "\n".join(lines)


def as_json(rows, place):
    listed = [{**dataclasses.asdict(row), "met": row.met} for row in rows]
    return json.dumps({"place": place.describe(), "rows": listed}, indent=2)
