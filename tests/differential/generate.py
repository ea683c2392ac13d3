"""A world from a seed. All chance comes from one random.Random(seed); nothing goes by hashes, time or the machine."""
import random

import walk
from world import LINKERS, closure, known_to

IDS = "ABCDEFGHIJKL"
# Each world has some of them: which pairs meet changes from world to world, and few worlds have all.
FEATURES = (
    "dup", "progdef", "weak", "protected", "ifunc", "versions", "tables", "addend", "tls", "uniq", "alias", "ctor",
    "dtor", "ctor_open", "lib_open", "plugins", "flags", "path", "runpath", "subdir", "soname", "twin", "cxx", "default",
    "next", "handle", "dlclose", "threads", "fork", "wild", "preload", "bindnow", "bsymbolic", "fpic", "nopie", "noplt",
    "sysv", "relr", "linkers", "zero", "atexit", "phdr", "dladdr", "tlsdesc", "static_tls", "cycle", "nodelete", "libc",
    "deep", "marks", "libc_names",
)


class Generator:
    """Makes one world. The order of the calls of self.random is the meaning of a seed."""

    def __init__(self, seed, without=(), only=()):
        self.random = random.Random(seed)
        chosen = [f for f in FEATURES if self.random.random() < 0.4]
        chosen = [f for f in FEATURES if (f in chosen or f in only) and f not in without]
        way = self.random.choices(("run", "shim", "api", "late"), (6, 2, 2, 1))[0]
        self.world = {"seed": seed, "features": chosen, "way": way, "env": {}, "preload": [], "libs": [], "names": {},
                      "prog": {}, "steps": []}
        self.count = self.steps = 0

    def has(self, feature, chance=1.0):
        """Whether the world has the feature, and this time it is used."""
        return self.random.random() < chance and feature in self.world["features"]

    def lib(self, which):
        return next(lib for lib in self.world["libs"] if lib["id"] == which)

    def pick(self, of):
        return self.random.choice(list(of))

    def number(self):
        self.count += 1
        return self.count

    def step_number(self):
        self.steps += 1
        return self.steps

    def make(self):
        self.make_libraries()
        self.make_program()
        self.give_roles()
        self.place_files()
        for lib in self.world["libs"]:
            self.define(lib)
        self.define_in_program()
        for lib in self.world["libs"]:
            self.make_edges_of_life(lib)
        walk.Walk(self).make()
        return self.world

    # --- Libraries and who needs whom

    def make_libraries(self):
        count = self.random.choices(range(1, 13), (4, 12, 16, 16, 12, 8, 5, 3, 2, 1, 1, 1))[0]
        ids = IDS[:count]
        for at, each in enumerate(ids):
            needs = [other for other in ids[at + 1:] if self.random.random() < min(0.4, 1.6 / count)]
            self.random.shuffle(needs)
            self.world["libs"].append({
                "id": each, "file": f"lib{each}.so", "soname": f"lib{each}.so", "dir": "", "needs": needs, "opens": [],
                "role": "base", "linker": self.pick(LINKERS) if self.has("linkers") else "bfd", "options": [],
                "cxx": False, "runpath": None, "versions": False, "defs": [], "ctor": [], "dtor": [], "class": None})
        if count > 2 and self.has("cycle"):
            back = self.random.randrange(1, count)
            self.world["libs"][back]["needs"].append(ids[self.random.randrange(back)])
        for lib in self.world["libs"]:
            for feature, option, chance in (("bindnow", "now", .5), ("bsymbolic", "bsymbolic", .3),
                                            ("noplt", "noplt", .5), ("sysv", "sysv", .5), ("relr", "relr", .5),
                                            ("tlsdesc", "tlsdesc", .5), ("nodelete", "nodelete", .2)):
                if self.has(feature, chance):
                    lib["options"].append(option)
            if self.has("marks", .3):  # -z …
                lib["options"].append(self.pick(("nodlopen", "initfirst", "initfirst", "global", "global", "unique", "unique")))
            lib["cxx"] = self.has("cxx", .7)
            lib["versions"] = self.has("versions", .6)
        for lib in self.world["libs"]:
            if self.has("lib_open", .3):
                others = [o for o in ids if o != lib["id"]]
                if others:
                    lib["opens"].append(self.pick(others))

    def make_program(self):
        ids = [lib["id"] for lib in self.world["libs"]]
        linked = [each for each in ids if self.random.random() < 0.55]
        if self.world["way"] in ("api", "late"):
            linked = linked[:len(ids) // 2]
        plugins = [each for each in ids if each not in linked and self.has("plugins", .8)]
        needed = closure(self.world, linked)
        for each in ids:  # nothing without a use
            if each not in closure(self.world, linked + plugins, ("needs", "opens")):
                (plugins if self.has("plugins") or self.world["way"] in ("api", "late") else linked).append(each)
        if self.world["way"] in ("api", "late"):
            plugins = [each for each in plugins if each not in needed]
            if not plugins:
                plugins = [each for each in linked if not any(each in lib["needs"] for lib in self.world["libs"])][:1]
                linked = [each for each in linked if each not in plugins]
        self.random.shuffle(linked)
        options = [option for feature, option, chance in (("nopie", "nopie", .6), ("fpic", "fpic", .5), ("noplt", "noplt", .3),
                   ("bindnow", "now", .3), ("sysv", "sysv", .3), ("relr", "relr", .5)) if self.has(feature, chance)]
        if "nopie" in options and "fpic" in options:
            options.remove("fpic")
        self.world["prog"] = {"links": linked, "plugins": plugins, "options": options, "defs": [], "cxx": False,
                              "linker": self.pick(LINKERS) if self.has("linkers") else "bfd", "rdynamic": False,
                              "exit": self.random.choices(("return", "exit", "_exit"), (6, 3, 1))[0],
                              "status": self.random.randrange(3)}
        if self.has("bindnow", .15):
            self.world["env"]["LD_BIND_NOW"] = "1"

    # --- What bulkhead is told

    def give_roles(self):
        world, prog = self.world, self.world["prog"]
        libs = {lib["id"]: lib for lib in world["libs"]}
        if world["way"] == "api":
            inside = [each for each in closure(world, prog["plugins"], ("needs", "opens"))]
            base = closure(world, prog["links"], ("needs", "opens"))
            for each in inside:
                libs[each]["role"] = "shared" if each in base else "private"
            for each in closure(world, [e for e in inside if libs[e]["role"] == "shared"]):
                libs[each]["role"] = "shared"
            # What is marked to be one in a process would be opened as the program's: docs/api.md.
            for each in inside:
                if libs[each]["role"] == "private" and "unique" in libs[each]["options"]:
                    libs[each]["options"].remove("unique")
            # What came to be shared is the program's: it is opened as a library of the program.
            return
        seen = closure(world, prog["links"] + prog["plugins"], ("needs", "opens"))
        exposed = {each for each in seen if self.random.random() < 0.45}
        direct = prog["links"] + prog["plugins"]
        there = set()  # late: what is there before, which cannot be exposed any more
        if world["way"] == "late":
            there = set(closure(world, prog["links"]))
            if set(prog["plugins"]) <= there:
                world["way"], there = "run", set()
            else:
                exposed, direct = exposed - there, [each for each in prog["plugins"] if each not in there]
        if not exposed & set(direct):
            exposed.add(self.pick(direct))
        shared = set()
        while True:
            before = (set(exposed), set(shared))
            base = self.seen_by_the_program(exposed)
            inside = set(closure(world, [i for i in libs if i in exposed], ("needs", "opens")))
            for each in reversed([i for i in libs if i in inside and i not in exposed and i in base]):
                if set(closure(world, [each])) & exposed and each not in there:
                    exposed.add(each)
                    shared.discard(each)
                elif each not in shared:
                    (exposed if self.random.random() < .5 and each not in there else shared).add(each)
            if (exposed, shared) == before:
                break
        for each, lib in libs.items():
            if each in exposed:
                lib["role"] = "exposed"
            elif each in inside and each not in base:
                lib["role"] = "private"
            elif each in shared:
                lib["role"] = "shared"
        for each in closure(world, [i for i in libs if i in shared]):
            libs[each]["role"] = "shared"
        if not self.has("deep") and world["way"] != "late":  # what an exposed library exposes by its needs, the program needs, too
            for each in closure(world, [i for i in libs if i in exposed], ("needs", "opens")):
                if libs[each]["role"] == "exposed" and each not in prog["links"]:
                    prog["links"].append(each)

    def seen_by_the_program(self, exposed, start=None):
        """What the program's side loads: all but what only exposed libraries bring."""
        libs = {lib["id"]: lib for lib in self.world["libs"]}
        found = list(start if start is not None else self.world["prog"]["links"] + self.world["prog"]["plugins"])
        for each in found:
            if each not in exposed:
                found.extend(n for n in libs[each]["needs"] + libs[each]["opens"] if n not in found)
        return set(found)

    def place_files(self):
        libs = self.world["libs"]
        for lib in libs:
            if self.has("soname", .5):
                lib["soname"] = self.pick((f"lib{lib['id']}.so.1", f"lib{lib['id']}.so.1", None))
        if self.has("subdir"):
            for lib in libs:
                needers = [o for o in libs if lib["id"] in o["needs"] or lib["id"] in o["opens"]]
                if self.random.random() < .5 and all(o["dir"] == "" for o in needers):
                    lib["dir"] = "sub"
        exposed = {lib["id"] for lib in libs if lib["role"] == "exposed"}
        linked = self.seen_by_the_program(exposed, self.world["prog"]["links"])
        for lib in libs:  # or only a library that is opened later knows where it lies, and no plan can
            if lib["role"] == "shared" and lib["id"] not in linked or lib["role"] == "exposed" and self.world["way"] == "late":
                lib["dir"] = ""
            # By its path the file itself would be loaded, and would miss what is private.
            if lib["role"] == "exposed" and not exposed & set(closure(self.world, self.world["prog"]["links"])) and any(
                    self.lib(each)["role"] == "private" for each in closure(self.world, [lib["id"]])):
                lib["dir"] = ""
        alone = [lib for lib in libs if lib["id"] in self.world["prog"]["plugins"] and lib["role"] == "base" and not any(
            lib["id"] in o["needs"] + o["opens"] for o in libs)]
        if len(libs) > 1 and alone and self.has("twin"):
            twin = self.pick(alone)
            twin["dir"], twin["soname"] = "twin", self.pick(o for o in libs if o is not twin)["soname"] or twin["soname"]
        for lib in libs + [self.world["prog"]]:
            needs = lib["needs"] + lib["opens"] if "id" in lib else lib["links"] + lib["plugins"]
            away = [each for each in needs if self.lib(each)["dir"] == "sub"]
            if away or self.has("runpath", .4):
                # An exposed library that a DT_RPATH leads past its shim: docs/limits.md.
                start = [lib["id"]] if "id" in lib else lib["links"] + lib["plugins"]
                rpath = self.has("runpath", .3) and not set(closure(self.world, start, ("needs", "opens"))) & exposed
                lib["runpath"] = "rpath" if rpath else "runpath"
            else:
                lib["runpath"] = None
        base = [lib["id"] for lib in libs if lib["role"] in ("base", "shared") and not lib["dir"]]
        if base and self.has("preload", .5):
            self.world["preload"] = [self.pick(base)]

    # --- What they define

    def is_inner(self, lib):
        return lib["role"] == "private"

    def name_of(self, kind, inner):
        """A new name, or one that another library has (dup)."""
        known = [n for n, what in self.world["names"].items() if what["kind"] == kind and what["inner"] == inner]
        if known and self.has("dup", .5):
            return self.pick(known)
        if kind == "func" and not inner and self.has("libc_names", .2):
            name = self.pick(("getpagesize", "geteuid", "getegid"))  # these have one answer
            self.world["names"].setdefault(name, {"kind": kind, "size": 0, "inner": inner})
            return name
        letter = {"func": "f", "var": "v", "table": "w", "tls": "t", "uniq": "u"}[kind]
        name = f"{letter}{sum(n[0] == letter for n in self.world['names'])}"
        size = self.pick((1, 4, 4, 8, 8, 12, 16, 24, 32, 40, 64))
        if kind == "var" and self.has("zero", .3):
            size = 0
        self.world["names"][name] = {"kind": kind, "size": size, "inner": inner}
        return name

    def define(self, lib):
        inner = self.is_inner(lib)
        plan = ["func"] * self.random.choice((1, 2, 2, 3)) + ["var"] * self.random.choice((0, 1, 1, 2))
        plan += ["tls"] * (self.has("tls", .7)) + ["uniq"] * (self.has("uniq", .7))
        for kind in plan:
            name = self.name_of(kind, inner)
            if not any(d["name"] == name for d in lib["defs"]):
                lib["defs"].append(self.definition(lib, name, kind))
        if self.has("tables", .7):
            self.define_table(lib, inner)
        variables = [d for d in lib["defs"] if d["kind"] == "var" and d["how"] == "plain" and not d["versions"]
                     and self.world["names"][d["name"]]["size"]]
        if variables and self.has("alias", .7):
            of = self.pick(variables)
            name = f"a{sum(n[0] == 'a' for n in self.world['names'])}"
            self.world["names"][name] = {"kind": "var", "size": self.world["names"][of["name"]]["size"], "inner": inner}
            lib["defs"].append({"name": name, "kind": "var", "id": of["id"], "how": "alias", "calls": None, "entries": [],
                                "of": of["name"], "versions": []})
        if lib["cxx"]:
            bases = [f"K{each}" for each in lib["needs"] if self.lib(each)["cxx"] and self.lib(each)["role"] != "base"
                     and each > lib["id"]]
            lib["class"] = {"base": self.pick(bases + ["std::exception"]), "id": self.number(),
                            "inline": self.random.random() < .5}

    def definition(self, lib, name, kind):
        how = "plain"
        if kind in ("func", "var"):
            ways = ["plain"] + ["weak"] * self.has("weak", .5) + ["protected"] * self.has("protected", .4)
            if kind == "func":
                ways += ["ifunc"] * self.has("ifunc", .5)
            how = self.pick(ways)
        entry = {"name": name, "kind": kind, "id": self.number(), "how": how, "calls": None, "entries": [], "of": None,
                 "versions": []}
        if kind in ("func", "var") and how == "plain" and lib["versions"] and self.random.random() < .5:
            entry["versions"] = self.pick((["V1", "V2"], ["V2", "V1"], ["V1"], ["V1", "hidden"]))
        if kind == "func" and how == "plain" and not entry["versions"]:
            below = [n for n in self.known_to(lib, ("func",)) if n != name and self.first_at(lib, n) > lib["id"]]
            if below and self.random.random() < .3:
                entry["calls"] = self.pick(below)
        return entry

    def first_at(self, lib, name):
        """The first library by letter that defines it: calls go to later letters only, so that they end."""
        return min([o["id"] for o in self.world["libs"] if any(d["name"] == name for d in o["defs"])] or ["A"])

    def define_table(self, lib, inner):
        targets = self.known_to(lib, ("func", "var", "uniq"))
        entries = []
        for _ in range(self.random.choice((1, 2, 3, 4))):
            if targets:
                name = self.pick(targets)
                what = self.world["names"][name]
                add = self.random.choice((0, what["size"])) if what["kind"] == "var" and self.has("addend") else 0
                entries.append([name, add])
        if entries:
            name = self.name_of("table", inner)
            known = self.world["names"][name].setdefault("entries", len(entries))
            if known == len(entries) and not any(d["name"] == name for d in lib["defs"]):
                lib["defs"].append({"name": name, "kind": "table", "id": self.number(), "how": "plain", "calls": None,
                                    "entries": entries, "of": None, "versions": []})

    def known_to(self, lib, kinds):
        return [n for n in known_to(self.world, lib) if self.world["names"][n]["kind"] in kinds]

    def define_in_program(self):
        prog = self.world["prog"]
        prog["rdynamic"] = self.has("progdef", .5)
        prog["cxx"] = any(self.lib(each)["cxx"] for each in prog["links"])
        if self.has("progdef"):
            names = [n for n, what in self.world["names"].items() if not what["inner"] and what["kind"] in ("func", "var", "tls")
                     and what["size"]]
            for name in self.random.sample(names, min(len(names), self.random.choice((1, 1, 2)))):
                prog["defs"].append({"name": name, "kind": self.world["names"][name]["kind"], "id": self.number(),
                                     "how": "plain", "calls": None, "entries": [], "of": None, "versions": []})

    def make_edges_of_life(self, lib):
        """Constructors and destructors, and what they do."""
        for when in ("ctor", "dtor"):
            if self.has(when, .7):
                lib[when].append({"op": "say"})
                if self.random.random() < .4:
                    lib[when].append(walk.operation(self, lib["id"], simple=True) or {"op": "say"})
        if lib["opens"] and self.has("ctor_open", .5):
            lib["ctor"].append(walk.opening_by_library(self, lib["id"], lib["opens"][0]) or {"op": "say"})
        if self.has("atexit", .3):
            lib["ctor"].append({"op": "atexit"})


def generate(seed, without=(), only=()):
    return Generator(seed, without, only).make()
