"""The table of differences that are not faults: what a capsule does otherwise on purpose, or cannot do otherwise.

A rule has a name, the reason, the page that tells users of it, the worlds where it may be used, and how it makes both
outputs alike. It must not touch anything else: what it leaves different is reported. The summary counts how often each
was needed. Refusals are rules for messages with which bulkhead ends before the program starts.
"""
import dataclasses
import re
import typing


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    reason: str
    page: str
    where: typing.Callable  # of a world
    alike: typing.Callable  # (world, native lines, lines with bulkhead) -> both


@dataclasses.dataclass(frozen=True)
class Refusal:
    name: str
    reason: str
    page: str
    message: str  # a pattern of the message


def exposed(world):
    return {lib["id"] for lib in world["libs"] if lib["role"] == "exposed"}


def has_circle(world):
    """Whether libraries need each other: in which order these begin ELF leaves open."""
    needs = {lib["id"]: set(lib["needs"]) for lib in world["libs"]}
    for _ in needs:
        needs = {lib: direct.union(*(needs.get(need, ()) for need in direct)) for lib, direct in needs.items()}
    return any(lib in reached for lib, reached in needs.items())


def uncounted(line):
    """What a function says without how often it has been called, which is in the lowest bits of it and of what it calls."""
    match = re.match(r"([-~+][A-L] call \w+ = )(\d+)$", line)
    return f"{match.group(1)}{int(match.group(2)) & 0xfff0fff0fff0}" if match else line


def sort_runs(lines, pattern):
    """Each run of neighbouring lines that match, sorted, without what goes by their order."""
    out, run = [], []
    for line in lines:
        if re.match(pattern, line):
            run.append(uncounted(line))
            continue
        out += sorted(run) + [line]
        run = []
    return out + sorted(run)


def sort_beginnings(_world, native, other):
    return sort_runs(native, r"\+[A-L]"), sort_runs(other, r"\+[A-L]")


def sort_endings(_world, native, other):
    def after_end(lines):
        at = lines.index("end") + 1 if "end" in lines else len(lines)
        return lines[:at] + sort_runs(lines[at:], r"[-~][A-L]")
    return after_end(native), after_end(other)


def count_once(world, native, other):
    """A shim is listed beside its library."""
    ids = exposed(world)

    def once(line):
        match = re.match(r"\d+ prog phdr ([A-L])\b.* = 2$", line)
        return line[:-1] + "1" if match and match.group(1) in ids else line
    return native, [once(line) for line in other]


def any_hook(_world, native, other):
    """Which address a function has that a capsule replaces for its libraries."""
    def without(line):
        return re.sub(r"#\d+$", "#", line) if re.match(r"\d+ \w+ libc (dlopen|dl_iterate_phdr) ", line) else line
    return [without(line) for line in native], [without(line) for line in other]


def until_unloaded(world, native, other):
    """Both until natively an exposed library is unloaded, or a private one, which the first step of dlclose that prints its end tells, or, if it
    prints none, its second beginning, or dl_iterate_phdr."""
    ids = {lib["id"] for lib in world["libs"] if lib["role"] in ("exposed", "private")}

    def gone(before, line):  # dl_iterate_phdr does not list it any more
        match = re.match(r"\d+ prog phdr ([A-L])\b.* = 0$", line)
        return match if match and any(re.match(rf"\d+ prog close {match.group(1)}\b.* = 0$", each) for each in before) else None

    def closed_again(line):  # as one that is marked to stay is closed
        match = re.match(r"\d+ prog close ([A-L])\b.* = -1$", line)
        return line[:-2] + "0" if match and match.group(1) in ids else line
    native = [closed_again(line) for line in native]
    end = native.index("end") if "end" in native else len(native)
    for at, line in enumerate(native[:end]):
        match = re.match(r"[-~]([A-L])\b", line) or (line in native[:at] and re.match(r"\+([A-L])$", line)) or gone(native[:at], line)
        if match and match.group(1) in ids and at < len(other) and native[:at] == other[:at]:
            return native[:at], other[:at]
    return native, other


def called_in_vain(world, native, other):
    """The end of a child, or of the program, that natively calls what nobody has: where it goes on with bulkhead."""
    ids = exposed(world)

    def in_vain(line):
        match = re.match(r"(\d+) ([A-L]) call \w+ ", line)
        return match and match.group(2) in ids and line.endswith(": child ended with 32512") and line.rsplit(":", 1)[0]
    one, two = [], []
    for left, right in zip(native, other):
        step = left != right and in_vain(left)
        if not (step and right.startswith(step + " = ")):
            one.append(left)
            two.append(right)
    return one + native[len(other):], two + other[len(native):]


def zero_before_runtime(world, native, other):
    """What a constructor of the base reads of an exposed library's variable before ld.so has initialised the runtime."""
    ids = exposed(world)
    theirs = {d["name"] for lib in world["libs"] if lib["id"] in ids for d in lib["defs"]}

    def too_early(left, right):
        match = re.match(r"\+([A-L]) read (\w+) = ", left)
        return match and match.group(1) not in ids and match.group(2) in theirs and right == match.group(0) + "0"
    before = other.index("main") if "main" in other else 0
    return native, [left if at < before and too_early(left, right) else right for at, (left, right) in enumerate(zip(native, other))] + other[len(native):]


RULES = (
    Rule("constructors-in-another-order",
         "a private library begins at the turn of an exposed one, where natively one of the base may have its turn between; by the interface only of "
         "libraries that need each other, where ELF leaves the order open and ld.so begins with the one that was opened",
         "docs/limits.md, The end of a process; docs/namespaces.md", lambda w: len(w["libs"]) > 1 and (w["way"] != "api" or has_circle(w)), sort_beginnings),
    Rule("destructors-in-another-order",
         "a private library ends with an exposed one, in a capsule of the interface with the runtime; the base does not know who needs what inside",
         "docs/limits.md, The end of a process", lambda w: len(w["libs"]) > 1, sort_endings),
    Rule("shims-are-listed", "dl_iterate_phdr lists the shim and the library behind it",
         "docs/limits.md, What the program loads later does not see the capsule's libraries", exposed, count_once),
    Rule("functions-that-are-replaced-inside", "a capsule's libraries get a dlopen, and a few others, that know of the tree",
         "docs/how-it-works.md, dlopen inside a capsule", lambda w: any("symbol" in s["op"] for s in w["steps"]), any_hook),
    Rule("libraries-stay", "dlclose of an exposed library has no effect", "docs/limits.md, Libraries stay",
         lambda w: exposed(w) and any(s["op"]["op"] == "close" for s in w["steps"]), until_unloaded),
    Rule("variables-before-the-runtime",
         "ld.so initialises what is needed first, and a library of the base may need nothing that brings the runtime; the one mark that would change "
         "that, -z initfirst, works for one library of a process, which it would be taken from",
         "docs/limits.md, Variables before constructors", lambda w: exposed(w) and w["way"] in ("run", "shim"), zero_before_runtime),
    Rule("calls-of-what-nobody-has", "an exposed library sees what is opened later and needs it: ld.so adds it to its scope, as to that of all that was opened",
         "docs/limits.md, What is opened later", lambda w: exposed(w) and any(s["op"]["op"] == "open" for s in w["steps"]), called_in_vain),
)

REFUSALS = (
    Refusal("loaded-before-it-is-exposed", "the interface cannot expose what the program has by then: both copies would be in use",
            "docs/limits.md, Libraries that the interface exposes",
            r"cannot be exposed \(the program has a library of that name loaded already\)"),
)
