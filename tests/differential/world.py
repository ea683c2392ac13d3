"""What a world is made of, and how it is asked.

A world is plain lists and dictionaries, so that it can be copied, have things taken out (minimise.py) and be written
as sources (render.py):

    world    seed, features, way (run, shim, api, or late: exposed by the interface), env, preload, libs, names, prog, steps
    library  id, file, soname, dir, needs, opens, role, linker, options, cxx, runpath, versions, defs, ctor, dtor, class
    def      name, kind (func, var, table, tls, uniq), id, how, calls, entries, of, versions (the default one first)
    step     n, place (prog, or the library whose code does it), reach, mode (plain, fork, thread), op
    op       op, and what it needs: name, form, version, lib, flags, how, …

A *role* is what bulkhead is told about a library: exposed, shared, private (in the capsule; the program's side neither
needs, opens nor names it) or base (on the program's side alone). What both the program's side and the capsule use is
exposed or shared, as docs/limits.md wants it: two copies with a state of their own each are not natively one.

Names of private libraries are *inner*: natively they are in one scope with all others, in a capsule on purpose not.
"""
LINKERS = ("bfd", "gold", "lld", "mold")
RTLD = {"LAZY": 1, "NOW": 2, "NOLOAD": 4, "DEEPBIND": 8, "GLOBAL": 256, "NODELETE": 4096}


def libraries(world):
    return {lib["id"]: lib for lib in world["libs"]}


def closure(world, start, edges=("needs",)):
    """Ids of the libraries that are reached from those of `start`, which are among them, breadth first."""
    libs = libraries(world)
    found = [each for each in dict.fromkeys(start) if each in libs]
    for each in found:
        for edge in edges:
            found.extend(n for n in dict.fromkeys(libs[each][edge]) if n not in found and n in libs)
    return found


def known_to(world, lib):
    """Names that a library or what it needs defines, whichever definition is the first in the process."""
    libs = libraries(world)
    found = [d["name"] for each in closure(world, [lib["id"]]) for d in libs[each]["defs"] if "hidden" not in d["versions"]]
    return [n for n in dict.fromkeys(found) if not world["names"][n]["inner"] or lib["role"] in ("private", "exposed")]


def known_to_program(world):
    """Names that the program defines or finds in what it is linked to, and may be linked to directly."""
    libs, prog = libraries(world), world["prog"]
    own = [d["name"] for d in prog["defs"]]
    hard = set()
    found = []
    for each in prog["links"]:
        for d in libs[each]["defs"]:
            # Linkers refuse what cannot work: a copy of a protected variable, or of one without a size.
            awkward = d["how"] == "protected" or (d["kind"] == "var" and not world["names"][d["name"]]["size"])
            if awkward and "fpic" not in prog["options"]:
                hard.add(d["name"])
            if "hidden" not in d["versions"]:
                found.append(d["name"])
    return own + [n for n in dict.fromkeys(found) if n not in hard and n not in own and not world["names"][n]["inner"]]


def definers(world, name):
    return [lib for lib in world["libs"] if any(d["name"] == name for d in lib["defs"])]


def result_of(op):
    """What an operation results in: a number, or the address of a name."""
    return "address" if op["op"] in ("addr", "dlsym", "dladdr", "opensym", "entry", "libc") else "number"


def target_of(op):
    """The name whose address an operation results in."""
    return op.get("target") or op.get("symbol") or op["name"]
