"""Two outputs and a world: the same, explained by rules, or different, and in which way."""
import dataclasses
import re

import rules
from execute import plain
from render import DATA_OF_LIBC

LAST = "(nothing)"


@dataclasses.dataclass
class Verdict:
    """kind: same, explained, refused or differs. kind_of_difference: what two worlds have in common that differ alike."""
    kind: str
    rules: list
    native: str = ""
    other: str = ""
    kind_of_difference: str = ""


def usable(native, again):
    """Why a world is thrown away, or None."""
    if native is None or again is None:
        return "did not run"
    if not native.same(again):
        return "natively not the same twice"
    if native.status > 100:
        return "natively ended by ld.so or a signal"
    # A constructor that comes before libc's opens what needs libc, and ld.so initialises that with nothing.
    if "main" in again.lines and not again.maps:
        return "natively without its environment"
    return None


def message_of(said):
    lines = [line for line in said.splitlines() if line.startswith("bulkhead: ") and " warning: " not in line] or said.splitlines()[:1]
    return plain(" ".join(lines))


def opened(world, other):
    """Whether what the program is linked to and what is exposed came out of the tree: else a launcher that does nothing
    would agree with everything. (A library that is not for dlopen is there as a copy in memory.)"""
    wanted = [lib for lib in world["libs"] if lib["role"] == "exposed" and lib["id"] in world["prog"]["links"]]
    def mapped(lib):
        file = f"/t/usr/lib/{lib['dir'] + '/' if lib['dir'] else ''}{lib['file']}\n"
        return file in other.maps or any(f"/memfd:{name} " in other.maps for name in (lib["file"], lib["soname"]))
    return world["way"] not in ("run", "shim") or all(mapped(lib) for lib in wanted)


def compare(world, native, other):
    if native.lines == other.lines and not opened(world, other):
        return Verdict("differs", [], "", "", "no exposed library of the tree is mapped")
    if native.same(other):
        return Verdict("same", [])
    if other.status == 125 and native.status != 125:
        message = message_of(other.said)
        for refusal in rules.REFUSALS:
            if re.search(refusal.message, message):
                return Verdict("refused", [refusal.name])
        return Verdict("differs", [], native.lines[len(other.lines)] if len(native.lines) > len(other.lines) else LAST, message,
                       "refused: " + generalised(message))
    one, two = native.lines, other.lines
    used = []
    # What stands before hides what a rule is for: each has as many tries as there are others.
    while helping := next(((rule, *alike) for rule in rules.RULES if (alike := helps(world, rule, one, two))), None):
        rule, one, two = helping
        if rule.name not in used:
            used.append(rule.name)
    if one == two and native.status == other.status:
        return Verdict("explained", used)
    if one == two:
        return Verdict("differs", used, f"status {native.status}", f"status {other.status}",
                       f"the status {native.status} became {other.status}")
    at = first_difference(one, two)
    left = one[at] if at < len(one) else LAST
    right = two[at] if at < len(two) else LAST
    return Verdict("differs", used, left, right, kind_of(world, left, right, native, other))


def helps(world, rule, one, two):
    """Both as the rule makes them alike, if that brings the first difference further or removes it; else None."""
    if not rule.where(world):
        return None
    left, right = rule.alike(world, one, two)
    before, after = first_difference(one, two), first_difference(left, right)
    return (left, right) if after == -1 != before or after > before else None


def first_difference(one, two):
    for at, (left, right) in enumerate(zip(one, two)):
        if left != right:
            return at
    return min(len(one), len(two)) if len(one) != len(two) else -1


def generalised(text):
    text = re.sub(r"\bW?lib[A-L]\.so(\.1)?\b|\b[A-L]\b", "X", text)
    text = re.sub(r"\b[fvwtua]\d+(_\w+)?\b|\b[A-L]_v?\d+\b", "name", text)
    return re.sub(r"\d+", "N", text)[:200]


def step_of(world, line):
    match = re.match(r"(\d+) ", line)
    steps = [s for s in world["steps"] if match and s["n"] == int(match.group(1))]
    return steps[0] if steps else None


def role(world, which):
    if which == "prog":
        return "program"
    return next((lib["role"] for lib in world["libs"] if lib["id"] == which), "gone")


def shape(line):
    """What a line says, without which."""
    if re.match(r"[-+~][A-L]", line):
        kind = {"+": "constructor", "-": "destructor", "~": "exit handler"}[line[0]]
        return kind + (" with a value" if " = " in line else "")
    if "is not there" in line:
        return "is not there"
    if "child ended" in line:
        return generalised(line[line.index("child ended"):])
    value = line.rsplit(" = ", 1)[-1]
    if value in ("null", "opened", LAST):
        return value
    return "a value" if re.match(r"-?\d+$|#", value) else generalised(value)


def kind_of(world, left, right, native, other):
    step = step_of(world, left)
    if right == LAST and other.status != native.status:
        where = describe(world, step) if step else shape(left)
        said = other.said.strip().splitlines()[:1]
        return f"ended with {other.status} at {where}: {generalised(plain(said[0])) if said else ''}"
    if not step:
        return f"{shape(left)} became {shape(right) if not step_of(world, right) else 'the next step'}"
    if step_of(world, right) is not step:
        return f"{describe(world, step)}: before it {shape(right)}"
    what = f"{shape(left)} became {shape(right)}"
    one, two = (re.search(r"(#\d+)(?: -> (-?\d+))?$", line) for line in (left, right))
    if one and two:
        what = "another address" if one.group(1) != two.group(1) else ""
        what += (" and " if what else "") + "another object" if one.group(2) != two.group(2) else ""
        what = what or "another address"
    return f"{describe(world, step)}: {what}"


def describe(world, step):
    op = step["op"]
    words = [op["op"]] + [str(op[k]) for k in ("what", "form", "how") if op.get(k)] + (["version"] if op.get("version") else [])
    if op["op"] == "dlsym":
        words.append(op["where"] if op["where"] in ("default", "next", "self") else f"handle of {role(world, op['where'])}")
    name = op.get("target") or op.get("name")
    if op["op"] == "libc":
        words.append("of data" if op["symbol"] in DATA_OF_LIBC else "of function")
    elif name:
        definers = [role(world, lib["id"]) for lib in world["libs"] if any(d["name"] == name for d in lib["defs"])]
        own = ["program"] if any(d["name"] == name for d in world["prog"]["defs"]) else []
        words.append(f"of {world['names'][name]['kind']} in {'+'.join(own + definers)}")
    if op.get("lib"):
        words.append(f"lib {role(world, op['lib'])}")
    if op.get("flags"):
        words.append("|".join(f for f in op["flags"] if f not in ("LAZY", "NOW")))
    words.append(f"by {role(world, step['place'])}")
    if step["reach"][0] in ("handle", "default"):
        words.append(f"reached by {step['reach'][0]}")
    return " ".join(w for w in words if w)
