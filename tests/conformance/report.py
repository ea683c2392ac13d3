"""What the results say: in the terminal, as faults, and as the tables of docs/conformance.md."""
import collections
import csv
import html
import pathlib
import re

GOAL = 0.99  # of the libraries that their own system can open
MODES = ("lazy", "now")
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"
EXPLAINED = pathlib.Path(__file__).with_name("explained.tsv")
LISTED = 12  # names of libraries in a row of a table
LONGEST = 160  # of a message there


def explanations():
    with open(EXPLAINED, encoding="utf-8", newline="") as file:
        rows = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(where, re.compile(pattern), text) for where, pattern, text in rows]


def explain(where, result, table):
    text = f"{result['name']}: {result['reason']}"
    return next((words for place, pattern, words in table if place == where and pattern.search(text)), None)


def opened(results, mode):
    return {each["name"] for each in results if each["mode"] == mode and each["reason"] is None}


def counts(results):
    total = len({each["name"] for each in results})
    return ", ".join(f"{mode} {len(opened(results, mode))} of {total}" for mode in MODES)


class Breadth:
    """A cell's, held against what the tree's own system opens."""

    def __init__(self, results, native):
        can = {mode: opened(native, mode) for mode in MODES}
        self.wanted = {mode: len(can[mode]) for mode in MODES}
        self.opened = {mode: len(opened(results, mode) & can[mode]) for mode in MODES}
        self.beyond = sum(len(opened(results, mode) - can[mode]) for mode in MODES)
        self.failures = [each for each in results if each["reason"] and each["name"] in can[each["mode"]]]

    def is_enough(self):
        """In a sample of fewer than a hundred, one may be missing."""
        def may_lack(mode):
            return max(1, (1 - GOAL) * self.wanted[mode])
        return all(0 < self.wanted[mode] <= self.opened[mode] + may_lack(mode) for mode in MODES)

    def words(self):
        """The mode that opened less."""
        mode = min(MODES, key=lambda each: self.opened[each] - self.wanted[each])
        done, wanted = self.opened[mode], self.wanted[mode]
        # 99.97 % is not 100 %.
        percent = "100" if done == wanted else f"{int(1000 * done / wanted) / 10:.1f}"
        return f"{done} of {wanted} ({percent} %)"


def breadth_of(kept, base, tree):
    cell, native = kept["cells"].get((base, tree), {}), kept["native"].get(tree, {})
    if "breadth" not in cell or "breadth" not in native:
        return None
    return Breadth(cell["breadth"]["results"], native["breadth"]["results"])


def faults(kept):
    found, table = [], explanations()
    for (base, tree), cell in sorted(kept["cells"].items()):
        for test in cell.get("real", {}).get("tests", []):
            if test["status"] not in ("passed", "n/a"):
                found.append(f"{base} × {tree}: {test['test']}: {test['status']}: {test['reason']}")
        breadth = breadth_of(kept, base, tree)
        if breadth is None:
            continue
        if not breadth.is_enough():
            found.append(f"{base} × {tree}: fewer than {GOAL:.0%} of the libraries opened: {breadth.words()}")
        unexplained = collections.defaultdict(set)
        for each in breadth.failures:
            if explain("capsule", each, table) is None:
                unexplained[each["reason"].replace(each["name"], "LIBRARY")].add(each["name"])
        found += [f"{base} × {tree}: not explained: {', '.join(sorted(names)[:5])}{' …' if len(names) > 5 else ''} "
                  f"({len(names)}): {reason}" for reason, names in sorted(unexplained.items())]
    if not kept["cells"]:
        found.append("there are no results")
    return found


def summary(kept, bases, trees):
    lines = ["", f"{'base × tree':22}{'programs':34}libraries opened, of those that their own system opens"]
    for base in bases:
        for tree in trees:
            cell = kept["cells"].get((base, tree))
            if cell is None:
                continue
            statuses = collections.Counter(test["status"] for test in cell.get("real", {}).get("tests", []))
            breadth = breadth_of(kept, base, tree)
            programs = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items(), reverse=True))
            lines.append(f"{f'{base} × {tree}':22}{programs:34}{breadth.words() if breadth else ''}")
    return "\n".join(lines) + "\n"


def upstream(version):
    return version.rsplit("-", 1)[0]


def title_of(test):
    """curl-fetches-https-with-the-trees-openssl: "curl fetches https (openssl)"."""
    what, _, library = re.sub(r"(-(on|with))?-the-trees?(?=-|$)", "|", test).replace("-", " ").partition("|")
    return f"{what} ({library.strip()})" if library.strip() else what


def escape(text):
    """For a cell of a Markdown table."""
    return html.escape(text, quote=False).replace("|", "\\|")


def table_of(head, rows):
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows), ""]


def real_tables(kept, bases, trees):
    lines, notes = [], []
    for base in bases:
        cells = {tree: kept["cells"].get((base, tree), {}).get("real") for tree in trees}
        if not any(cells.values()):
            continue
        glibc = next(cell["glibc"][0] for cell in cells.values() if cell)
        lines += [f"#### Base {base}, glibc {upstream(glibc)}", ""]
        scripts = sorted({test["test"] for cell in cells.values() if cell for test in cell["tests"]})
        rows = []
        for script in scripts:
            row = [title_of(script)]
            for tree in trees:
                test = next((each for each in (cells[tree] or {}).get("tests", []) if each["test"] == script), None)
                if test is None:
                    row.append("not run")
                elif test["status"] == "passed":
                    row.append("passed")
                else:
                    note = escape(test["reason"])
                    if note not in notes:
                        notes.append(note)
                    row.append(f"{test['status']} ({notes.index(note) + 1})")
            rows.append(row)
        head = ["program"] + [f"{tree}, {upstream(cells[tree]['glibc'][1])}" if cells[tree] else tree for tree in trees]
        lines += table_of(head, rows)
    return lines + [f"{number}. {note}" for number, note in enumerate(notes, 1)] + [""]


def breadth_table(kept, bases, trees):
    rows = []
    for tree in trees:
        native = kept["native"].get(tree)
        if not native:
            continue
        results = native["breadth"]["results"]
        row = [tree, str(len({each["name"] for each in results})),
               " / ".join(str(len(opened(results, mode))) for mode in MODES)]
        for base in bases:
            breadth = breadth_of(kept, base, tree)
            row.append(breadth.words() if breadth else "not run")
        rows.append(row)
    return table_of(["tree", "libraries", "opened natively, lazily / at once", *(f"on {base}" for base in bases)], rows)


def names_in_row(names):
    names = sorted(names)
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(f"`{name}`" for name in names[:LISTED]) + more


def failure_rows(where, failures, places_in_all):
    """failures: (place, result). A row for each explanation."""
    table = explanations()
    groups = collections.defaultdict(list)
    for place, result in failures:
        unknown = f"not explained: {result['reason'].replace(result['name'], 'LIBRARY')}"
        groups[explain(where, result, table) or unknown].append((place, result))
    rows = []
    for words, members in sorted(groups.items()):
        places = sorted({place for place, _ in members})
        example = re.sub(r"^ended with \d+: ", "", members[0][1]["reason"]).replace("`", "")
        rows.append(["all" if len(places) == places_in_all else ", ".join(places),
                     names_in_row({result["name"] for _, result in members}),
                     f"`{escape(example[:LONGEST])}`", escape(words)])
    return rows


def failure_tables(kept, bases, trees):
    ours = [(f"{base} × {tree}", result) for base in bases for tree in trees
            for result in (breadth_of(kept, base, tree) or Breadth([], [])).failures]
    theirs = [(tree, result) for tree in trees
              for result in kept["native"].get(tree, {}).get("breadth", {}).get("results", []) if result["reason"]]
    lines = ["### What was not opened", ""]
    if ours:
        lines += table_of(["cells", "libraries", "message, of one", "why"],
                          failure_rows("capsule", ours, len(bases) * len(trees)))
    else:
        lines += ["Everything was.", ""]
    lines += ["### What its own system does not open either", "", "Not counted above.", ""]
    return lines + table_of(["tree", "libraries", "message, of one", "why"], failure_rows("tree", theirs, len(trees)))


def tables(kept, bases, trees):
    parts = [part for cell in kept["cells"].values() for part in (cell.get("real"), cell.get("breadth")) if part]
    dates = sorted({part["date"] for part in parts})
    products = sorted({part["products"] for part in parts})
    beyond = sum(breadth_of(kept, *key).beyond for key in kept["cells"] if breadth_of(kept, *key))
    lines = [f"Run {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}, with {', '.join(products)}.", "",
             "### Programs", ""]
    lines += real_tables(kept, bases, trees) + ["### Libraries", ""] + breadth_table(kept, bases, trees)
    if beyond:
        lines += [f"{beyond} times a library was opened in a capsule which its own system does not open; these are not "
                  "counted.", ""]
    return "\n".join(lines + failure_tables(kept, bases, trees))


def update_page(page, kept, bases, trees):
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(before + BEGIN + "\n" + tables(kept, bases, trees) + END + after, encoding="utf-8")
