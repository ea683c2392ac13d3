"""What a world's program does, step by step, and what its libraries do when they are asked to."""
from world import closure, definers, known_to, known_to_program, libraries


class Walk:
    """A random walk that knows what is loaded, so that few steps end the program natively."""

    def __init__(self, generator):
        self.g = generator
        self.random = generator.random
        self.world = generator.world
        self.libs = libraries(self.world)
        self.started = closure(self.world, self.world["prog"]["links"] + self.world["preload"])
        self.handles = {}  # library -> how often the program has it open
        self.shown = set()  # libraries that the program made global

    def make(self):
        plugins = list(self.world["prog"]["plugins"])
        self.random.shuffle(plugins)
        for each in plugins:
            self.add("prog", self.opening(each))
            for _ in range(self.random.randrange(3)):
                self.step()
        for _ in range(self.random.choice((4, 6, 8, 10, 14, 20))):
            self.step()

    def add(self, place, op, reach=None, mode="plain"):
        if op:
            self.world["steps"].append({"n": self.g.step_number(), "place": place, "reach": reach or ["link"],
                                        "mode": mode, "op": op})

    def opening(self, which):
        lib = self.libs[which]
        flags = [self.g.pick(("LAZY", "NOW"))]
        if self.g.has("flags"):
            flags += [f for f in ("GLOBAL", "DEEPBIND", "NODELETE") if self.random.random() < .3]
        if self.g.has("flags", .15):
            flags.append("NOLOAD")
        how = "path" if lib["dir"] or self.g.has("path", .4) else "name"
        if how == "path" and not lib["dir"] and self.comes_past_shims(which):
            how = "name"
        if "NOLOAD" not in flags or which in self.loaded():
            self.handles[which] = self.handles.get(which, 0) + 1
            if "GLOBAL" in flags:
                self.shown |= set(closure(self.world, [which]))
        return {"op": "open", "lib": which, "flags": flags, "how": how}

    def comes_past_shims(self, which):
        """Whether its file brings what would be private, where nobody has loaded a shim yet: docs/limits.md, dlopen by absolute path."""
        if self.world["way"] not in ("run", "shim") or any(self.libs[each]["role"] == "exposed" for each in self.started):
            return False
        return self.libs[which]["role"] == "exposed" and any(self.libs[each]["role"] == "private" for each in closure(self.world, [which]))

    def loaded(self):
        return set(self.started) | set(closure(self.world, [h for h, n in self.handles.items() if n]))

    def step(self):
        kind = self.random.random()
        if kind < .12 and self.world["prog"]["plugins"]:
            mode = "thread" if self.g.has("threads", .25) else "plain"
            self.add("prog", self.opening(self.g.pick(self.world["prog"]["plugins"])), mode=mode)
            return
        if kind < .17 and self.g.has("dlclose"):
            open_ones = [h for h, n in self.handles.items() if n]
            if open_ones:
                which = self.g.pick(open_ones)
                self.handles[which] -= 1
                self.add("prog", {"op": "close", "lib": which})
            return
        place = "prog" if self.random.random() < .3 else self.g.pick(self.libs)
        reach = self.reach(place)
        if not reach:
            return
        op = self.program_operation() if place == "prog" else operation(self.g, place)
        if not op:
            return
        mode = "plain"
        if self.g.has("fork", .2):
            mode = "fork"
        elif self.g.has("threads", .25):
            mode = "thread"
        if op.get("wild"):
            mode = "fork"
        self.add(place, op, reach, mode)

    def reach(self, place):
        """How the program comes to the code of a library: link, handle X, default, or via X, which needs it."""
        if place == "prog":
            return ["link"]
        ways = []
        private = self.libs[place]["role"] == "private"
        if place in self.world["prog"]["links"]:
            ways += [["link"]] * 3
        for each in sorted(h for h, n in self.handles.items() if n):
            if place in (closure(self.world, [each]) if self.deep(each) else [each]) and (not private or self.world["way"] == "api" or self.g.has("handle", .2)):
                ways.append(["handle", each])
        if not private and place in set(self.started) | self.shown and self.g.has("default", .5):
            ways.append(["default"])
        for each in sorted(self.libs):
            other = self.libs[each]
            if place != each and place in other["needs"] and other["role"] != "base" or (place in other["needs"] and not private):
                if each in self.world["prog"]["links"]:
                    ways.append(["via", each, "link"])
                elif self.handles.get(each):
                    ways.append(["via", each, "handle"])
        return self.g.pick(ways) if ways else None

    def deep(self, which):
        """Whether what a library needs is found by its handle, too."""
        return self.g.has("deep") or self.libs[which]["role"] != "exposed"

    def program_operation(self):
        known = known_to_program(self.world)
        handles = [h for h, n in self.handles.items() if n]
        if handles and self.random.random() < (.5 if self.g.has("handle") else .2):
            which = self.g.pick(handles)
            below = closure(self.world, [which]) if self.deep(which) else [which]
            names = [d["name"] for each in below for d in self.libs[each]["defs"]]
            names = [n for n in names if self.allowed(n, which)]
            if names:
                return dlsym(self.g, self.g.pick(names), which)
        if self.g.has("default", .3) or self.g.has("next", .2):
            names = [n for n, what in self.world["names"].items() if not what["inner"]]
            where = self.g.pick([w for w in ("default", "next", "self") if w != "next" or self.g.has("next")])
            if names:
                return dlsym(self.g, self.g.pick(names), where)
        if self.g.has("phdr", .15):
            return {"op": "phdr", "lib": self.g.pick(self.libs)}
        if self.g.has("libc", .15):
            return of_libc(self.g)
        return choose(self.g, "prog", known)

    def allowed(self, name, handle):
        return not self.world["names"][name]["inner"] or self.world["way"] == "api" or self.g.has("handle", .3)


def dlsym(g, name, where):
    # With DT_HASH alone ld.so takes a thread-local variable that a library refers to for one that it defines, at its block's beginning.
    if g.world["names"][name]["kind"] == "tls" and any("sysv" in own["options"] for own in g.world["libs"] + [g.world["prog"]]):
        return None
    versions = sorted({v for lib in definers(g.world, name) for d in lib["defs"] if d["name"] == name
                       for v in d["versions"] if v != "hidden"})
    version = None
    if (versions or g.random.random() < .1) and g.has("versions", .5):
        version = g.pick(versions + ["V1"])
    return {"op": "dlsym", "name": name, "where": where, "version": version}


def operation(g, place, simple=False):
    """Something that the code of a library can do; simple: for constructors, which print a number."""
    lib = g.lib(place)
    known = known_to(g.world, lib)
    if not simple:
        # On purpose not seen from inside: the program's unrelated libraries.
        inside = lib["role"] in ("exposed", "private")
        open_names = [n for n, what in g.world["names"].items() if not what["inner"]
                      and not (inside and any(o["role"] == "base" for o in definers(g.world, n)))]
        if open_names and g.has("default", .15):
            return dlsym(g, g.pick(open_names), "default")
        own = [d["name"] for d in lib["defs"] if not g.world["names"][d["name"]]["inner"]] or open_names
        if own and g.has("next", .15):
            return dlsym(g, g.pick(own), "next")
        if lib["opens"] and g.random.random() < .35:
            return opening_by_library(g, place, lib["opens"][0])
        lazily = not {"now", "noplt"} & set(lib["options"]) and not g.world["env"]
        wild = [n for n in open_names if g.world["names"][n]["kind"] == "func" and n not in known]
        if wild and lazily and g.has("wild", .2):
            return {"op": "call", "name": g.pick(wild), "form": "direct", "version": None, "wild": True}
        if lib["cxx"] and g.random.random() < .5:
            op = cxx_operation(g, place, [each for each in closure(g.world, [place]) if g.lib(each)["class"]])
            if op:
                return op
        if g.has("libc", .15):
            return of_libc(g)
        if g.has("static_tls", .15):
            return {"op": "static_tls", "model": g.pick(("global-dynamic", "local-dynamic", "initial-exec"))}
    return choose(g, place, known, simple)


def of_libc(g):
    symbol = g.pick(("free", "malloc", "getenv", "dlopen", "dl_iterate_phdr", "environ", "stdout", "optarg", "program_invocation_name"))
    return {"op": "libc", "symbol": symbol, "form": g.pick(("direct", "ptr"))}


def opening_by_library(g, place, which):
    lib, other = g.lib(place), g.lib(which)
    how = "origin" if other["dir"] == lib["dir"] and g.random.random() < .3 else "name"
    names = [d["name"] for d in other["defs"] if d["kind"] in ("func", "var")]
    flags = [g.pick(("LAZY", "NOW"))] + (["GLOBAL"] if g.has("flags", .4) else [])
    if not names:
        return None
    return {"op": "opensym", "lib": which, "flags": flags, "how": how, "name": g.pick(names)}


def cxx_operation(g, place, classes):
    if not classes:
        return None
    which = g.pick(classes)
    what = g.pick(("new", "typeid", "throw", "throw", "dcast", "inline"))
    op = {"op": "cxx", "what": what, "cls": which}
    if what in ("throw", "dcast"):
        at = [place] if place != "prog" else g.world["prog"]["links"]
        makers = [each for each in (closure(g.world, at) if place != "prog" else at)
                  if g.lib(each)["cxx"] and which in closure(g.world, [each])]
        if not makers:
            return None
        op["maker"] = g.pick(makers)
        op["as"] = g.pick((which, which, "std::exception", "base"))
    return op


def choose(g, place, known, simple=False):
    """A use of a name that the place may be linked to."""
    names = g.world["names"]
    if place == "prog" and g.world["prog"]["cxx"] and g.random.random() < .4:
        op = cxx_operation(g, place, [each for each in g.world["prog"]["links"] if g.lib(each)["class"]])
        if op:
            return op
    if not known:
        return None
    name = g.pick(known)
    what = names[name]
    kind = what["kind"]
    version = None
    if place != "prog" and kind == "func" and not simple:
        lib = g.lib(place)
        for other in lib["needs"]:
            versions = [v for d in g.lib(other)["defs"] if d["name"] == name for v in d["versions"] if v != "hidden"]
            if versions and not any(d["name"] == name for d in lib["defs"]) and g.random.random() < .6:
                version = g.pick(versions)
    form = g.pick(("direct", "direct", "ptr")) if version is None else "direct"
    if version is None and g.has("weak", .15):
        form = "weak"
    if kind == "func":
        op = "call" if simple or form == "direct" and g.random.random() < .6 else g.pick(("addr", "call"))
        if form == "weak" and not simple:
            op = "addr"
        if not simple and g.has("dladdr", .2):
            return {"op": "dladdr", "name": name, "form": "direct", "version": None}
        return {"op": op, "name": name, "form": "direct" if simple else form, "version": version}
    if kind in ("var", "uniq"):
        size = 4 if kind == "uniq" else what["size"]
        if simple:
            return {"op": "read", "name": name, "at": 0, "form": "direct"} if size else None
        op = g.pick(("read", "write", "addr"))
        add = g.random.choice((0, 1, size // 2, size)) if g.has("addend", .6) else 0
        if op == "addr":
            return {"op": op, "name": name, "form": form, "version": None, "add": add if form == "ptr" else 0}
        at = g.random.randrange(size or 8)
        op = {"op": op, "name": name, "at": at, "form": "direct" if form == "weak" else form, "add": add if form == "ptr" else 0}
        if op["op"] == "write":
            op["value"] = g.random.randrange(200, 250)
        return op
    if kind == "tls":
        return {"op": g.pick(("tls_read", "tls_write")), "name": name, "value": g.random.randrange(300, 400)}
    if kind == "table" and not simple:
        entries = [d["entries"] for lib in definers(g.world, name) for d in lib["defs"] if d["name"] == name]
        at = g.random.randrange(what["entries"])
        target, add = entries[0][at]
        if all(each[at][0] == target for each in entries):
            return {"op": "entry", "name": name, "at": at, "target": target, "add": add}
    return None
