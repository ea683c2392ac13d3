"""Takes things out of a world as long as it still differs in the same way."""
import copy
import itertools
import json
import re
import sys

from world import closure, definers, known_to, known_to_program, libraries


def minimise(judge, world, verbose=False):
    """judge: a world -> (native, other, verdict or why not). Returns a world from which nothing can be taken."""
    _, _, verdict = judge(world)
    if isinstance(verdict, str) or verdict.kind != "differs":
        print(f"this world does not differ: {verdict}", file=sys.stderr)
        return world
    kind = verdict.kind_of_difference
    print(f"minimising: {kind}", file=sys.stderr)

    tried = set()

    def still(candidate):
        key = json.dumps(candidate, sort_keys=True)
        if key in tried:
            return False
        tried.add(key)
        _, _, found = judge(candidate)
        return not isinstance(found, str) and found.kind == "differs" and found.kind_of_difference == kind
    # What comes after the first difference, first; then pass by pass, each going on where the last success was.
    world = without_steps_after(world, verdict, still)
    progress = True
    while progress:
        progress, at = False, 0
        while True:
            reduction = next(itertools.islice(reductions(world), at, None), None)
            if reduction is None:
                break
            candidate = copy.deepcopy(world)
            reduction(candidate)
            prune(candidate)
            if candidate != world and still(candidate):
                world, progress = candidate, True
                if verbose:
                    print(f"  {len(tried)} tried: {len(world['libs'])} libraries, {len(world['steps'])} steps", file=sys.stderr)
            else:
                at += 1
    return world


def without_steps_after(world, verdict, still):
    for line in (verdict.native, verdict.other):
        match = re.match(r"(\d+) ", line)
        candidate = copy.deepcopy(world)
        candidate["steps"] = [s for s in world["steps"] if s["n"] <= (int(match.group(1)) if match else 0)]
        prune(candidate)
        if still(candidate):
            return candidate
    return world


def reductions(world):
    """Functions that take something out, large things first. They find things again by their name."""
    steps = [s["n"] for s in world["steps"]]
    size = len(steps)
    for lib in world["libs"]:
        yield lambda w, i=lib["id"]: w["libs"].remove(libraries(w)[i])
    while size > 1:
        size = (size + 1) // 2
        for at in range(0, len(steps), size):
            gone = set(steps[at:at + size])
            yield lambda w, gone=gone: w.update(steps=[s for s in w["steps"] if s["n"] not in gone])
        if size == 1:
            break
    yield lambda w: w.update(preload=[])
    yield lambda w: w.update(env={})
    for lib in world["libs"]:
        yield from of_library(lib["id"])
        for key in ("needs", "opens", "ctor", "dtor", "defs", "options"):
            for at in range(len(lib[key])):
                yield lambda w, i=lib["id"], key=key, at=at: libraries(w)[i][key].pop(at)
        for d in lib["defs"]:
            for key, value in (("how", "plain"), ("versions", []), ("calls", None)):
                if d[key] != value and d["how"] != "alias":
                    yield lambda w, i=lib["id"], n=d["name"], key=key, value=value: definition(libraries(w)[i], n).update({key: value})
    prog = world["prog"]
    for key in ("defs", "links", "plugins", "options"):
        for at in range(len(prog[key])):
            yield lambda w, key=key, at=at: w["prog"][key].pop(at)
    for key, value in (("rdynamic", False), ("exit", "return"), ("status", 0), ("runpath", None), ("linker", "bfd"), ("cxx", False)):
        if prog[key] != value:
            yield lambda w, key=key, value=value: w["prog"].update({key: value})
    if world["way"] == "shim":
        yield lambda w: w.update(way="run")
    yield from of_steps(world)


def of_library(which):
    for values in ({"cxx": False, "class": None}, {"runpath": None}, {"dir": ""}, {"soname": f"lib{which}.so"}, {"linker": "bfd"},
                   {"options": []}):
        yield lambda w, values=values: libraries(w)[which].update(values)


def of_steps(world):
    for step in world["steps"]:
        n, op = step["n"], step["op"]
        if step["mode"] != "plain":
            yield lambda w, n=n: at_step(w, n).update(mode="plain")
        if op.get("form") not in (None, "direct"):
            yield lambda w, n=n: at_step(w, n)["op"].update(form="direct", add=0)
        if step["reach"] != ["link"] and step["place"] in world["prog"]["links"]:
            yield lambda w, n=n: at_step(w, n).update(reach=["link"])
        for flag in [f for f in op.get("flags", []) if f not in ("LAZY", "NOW")]:
            yield lambda w, n=n, flag=flag: at_step(w, n)["op"]["flags"].remove(flag)
        if op.get("how") == "path":
            yield lambda w, n=n: at_step(w, n)["op"].update(how="name")


def definition(lib, name):
    return next(d for d in lib["defs"] if d["name"] == name)


def at_step(world, n):
    return next(s for s in world["steps"] if s["n"] == n)


def prune(world):
    """Takes out what leads to things that are gone."""
    ids = set(libraries(world))
    for lib in world["libs"]:
        for key in ("needs", "opens"):
            lib[key] = [each for each in lib[key] if each in ids]
    for key in ("links", "plugins"):
        world["prog"][key] = [each for each in world["prog"][key] if each in ids]
    world["preload"] = [each for each in world["preload"] if each in ids]
    changed = True
    while changed:
        changed = False
        names = {d["name"] for lib in world["libs"] for d in lib["defs"]}
        for lib in world["libs"]:
            own = {d["name"] for d in lib["defs"]}
            known = set(known_to(world, lib))
            for d in list(lib["defs"]):
                if d["calls"] and d["calls"] not in known:
                    d["calls"] = None
                targets = [e for e in d["entries"] if e[0] not in known]
                if targets or d["how"] == "alias" and (d["of"] not in own or definition(lib, d["of"])["versions"]):
                    lib["defs"].remove(d)
                    changed = True
            for when in ("ctor", "dtor"):
                lib[when] = [op for op in lib[when] if fits(world, lib["id"], op, known)]
        world["prog"]["defs"] = [d for d in world["prog"]["defs"] if d["name"] in names]
    for lib in world["libs"]:
        if lib["class"] and lib["class"]["base"] != "std::exception":
            base = lib["class"]["base"][1:]
            if base not in closure(world, [lib["id"]]) or not libraries(world)[base]["class"]:
                lib["class"]["base"] = "std::exception"
    world["steps"] = [s for s in world["steps"] if step_fits(world, s, ids)]
    world["names"] = {n: what for n, what in world["names"].items() if n in {d["name"] for lib in world["libs"] for d in lib["defs"]}}


def fits(world, place, op, known):
    """Whether what an operation names is still there."""
    ids = libraries(world)
    if op.get("lib") and op["lib"] not in ids:
        return False
    if op["op"] == "cxx":
        if op["cls"] not in ids or not ids[op["cls"]]["class"] or (op.get("maker") and op["maker"] not in ids):
            return False
        cxx = ids[place]["cxx"] if place != "prog" else world["prog"]["cxx"]
        reached = closure(world, [place] if place != "prog" else world["prog"]["links"])
        return cxx and op["cls"] in reached and (not op.get("maker") or (
            op["maker"] in reached and ids[op["maker"]]["cxx"] and op["cls"] in closure(world, [op["maker"]])))
    if not op.get("name"):
        return True
    if not definers(world, op["name"]) or (op.get("target") and not definers(world, op["target"])):
        return False
    if op["op"] in ("dlsym", "opensym") or op.get("wild"):
        return op["op"] == "dlsym" and (op["where"] in ("default", "next", "self") or op["where"] in ids) or op["op"] != "dlsym"
    return op["name"] in known


def step_fits(world, step, ids):
    place = step["place"]
    if place != "prog" and place not in ids:
        return False
    reach = step["reach"]
    if reach[0] in ("handle", "via") and reach[1] not in ids:
        return False
    if reach == ["link"] and place != "prog" and place not in world["prog"]["links"]:
        return False
    if reach[0] == "via" and (place not in closure(world, [reach[1]]) or (reach[2] == "link" and reach[1] not in world["prog"]["links"])):
        return False
    known = known_to_program(world) if place == "prog" else known_to(world, libraries(world)[place])
    return fits(world, place, step["op"], set(known))
