"""A world as sources: one for each library, one for the program; and its version scripts.

The sources include nothing, which halves the time to compile them. Each is C, or C++ where the library has classes.
"""
import functools

from pieces import INTERFACE, LIBC, LIBC_OF_PROGRAM, PIECES
from world import RTLD, closure, libraries, result_of, target_of

DATA_OF_LIBC = ("environ", "stdout", "optarg", "program_invocation_name")


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


class Source:
    """The source of one library, or of the program."""

    def __init__(self, world, owner):
        self.world = world
        self.owner = owner  # the library, or None for the program
        self.place = owner["id"] if owner else "prog"
        self.own = owner or world["prog"]
        self.declared = {}
        self.lines = []
        self.defined = {d["name"]: d for d in self.own["defs"]}

    # --- Names

    def declare(self, name, alias=None, weak=False, version=None):
        """Declares a name that somebody defines; alias: as another name here, for a weak reference or a version."""
        key = alias or name
        if key in self.declared:
            return key
        what = self.world["names"][name]
        own = self.defined.get(name) if not alias else None
        attributes = []
        if version:
            self.declared[f".symver {alias}"] = f'__asm__(".symver {alias},{name}@{version}");'
        label = f' __asm__("{name}")' if weak else ""
        if weak:
            attributes.append("weak")
        if own and own["how"] == "protected":
            attributes.append('visibility("protected")')
        text = f" __attribute__(({','.join(attributes)}))" if attributes else ""
        kind = what["kind"]
        if kind == "func":
            declaration = f"extern int {key}(void){label}{text};"
        elif kind == "tls":
            model = "global-dynamic" if (len(name) + sum(map(ord, name + self.place))) % 2 else "initial-exec"
            declaration = f'extern __thread int {key}{label} __attribute__((tls_model("{model}")));'
        elif kind == "table":
            declaration = f"extern void* {key}[{what['entries']}]{label}{text};"
        else:
            size = 4 if kind == "uniq" else what["size"]
            declaration = f"extern unsigned char {key}[{size or ''}]{label}{text};"
        self.declared[key] = declaration
        return key

    def define(self, d):
        name, kind = d["name"], d["kind"]
        if kind in ("func", "var") and d["versions"]:
            for at, version in enumerate(d["versions"]):
                if version == "hidden":
                    continue
                real = f"{name}__{version}"
                default = at == 0 and "hidden" not in d["versions"]
                self.lines.append(f'__asm__(".symver {real},{name}{"@@" if default else "@"}{version}");')
                self.body_of(d, real, d["id"] + 300 * at, "")
            return
        key = self.declare(name)
        if kind == "var" and d["how"] == "alias":
            size = self.world["names"][name]["size"]
            self.declared[key] = ""
            self.lines.append(f'extern unsigned char {name}[{size or ""}] __attribute__((weak, alias("{d["of"]}")));')
            return
        self.body_of(d, key, d["id"], "__attribute__((weak)) " if d["how"] == "weak" else "")

    def body_of(self, d, name, number, attribute):
        kind = d["kind"]
        what = self.world["names"][d["name"]]
        if kind == "func":
            more = f" + (({self.declare(d['calls'])}() & 0xfff) << 16)" if d["calls"] else ""
            body = f"{{ static int n; return {number * 16} + (++n & 15){more}; }}"
            if d["how"] == "ifunc":
                self.lines.append(f"static int {name}_i(void) {body} static void* {name}_r(void) {{ return (void*){name}_i; }}\n"
                                  f'int {name}(void) __attribute__((ifunc("{name}_r")));')
            else:
                self.lines.append(f"{attribute}int {name}(void) {body}")
        elif kind == "tls":
            self.lines.append(f"__thread int {name} = {number};")
        elif kind == "table":
            entries = []
            for target, add in d["entries"]:
                key = self.declare(target)
                entries.append(f"(void*)({key} + {add})" if add else f"(void*){key}")
            self.lines.append(f"void* {name}[{len(entries)}] = {{{', '.join(entries)}}};")
        elif kind == "uniq" or not what["size"]:
            size = 4 if kind == "uniq" else 0
            of_type = "gnu_unique_object" if kind == "uniq" else "object"
            self.lines.append(f'__asm__(".data\\n.globl {name}\\n.type {name},@{of_type}\\n{f".size {name},4" if size else ""}\\n'
                              f'{name}: .fill 16,1,{number % 200}\\n.text");')
        else:
            # Above what the program writes; each byte tells whose it is.
            self.lines.append(f"{attribute}unsigned char {name}[{what['size']}] = {{[0 ... {what['size'] - 1}] = {number % 200}}};"
                              if not self.own["cxx"] else
                              f"{attribute}unsigned char {name}[{what['size']}] = {{{','.join([str(number % 200)] * what['size'])}}};")

    # --- Operations: C that leaves the result in r

    def use(self, op, n):
        """The expression by which an operation reaches a name: itself, through a pointer in data, weakly, a version."""
        name = op["name"]
        if op.get("version"):
            return self.declare(name, f"{name}_x{n}", version=op["version"])
        if op.get("form") == "weak" and name not in self.defined:
            return self.declare(name, f"{name}_w", weak=True)
        key = self.declare(name)
        if op.get("form") != "ptr":
            return key
        if self.world["names"][name]["kind"] == "func":
            self.lines.append(f"static int (*volatile q{n})(void) = {key};")
            return f"q{n}"
        add = op.get("add", 0)
        self.lines.append(f"static volatile unsigned char* volatile q{n} = {key} + {add};")
        return f"(q{n} - {add})"

    def of_libc(self, op, n):
        """Declared under another name: compilers know these."""
        symbol, key = op["symbol"], f"libc_{op['symbol']}"
        data = symbol in DATA_OF_LIBC
        self.declared[key] = (f'extern char* {key} __asm__("{symbol}");' if data else
                              f'extern void {key}(void) __asm__("{symbol}");')
        if op["form"] != "ptr":
            return f"&{key}"
        self.lines.append(f"static void* volatile q{n} = (void*)&{key};")
        return f"q{n}"

    def code(self, op, n):
        kind = op["op"]
        if kind in ("call", "addr", "dladdr"):
            what = self.use(op, n)
            return f"r = {what}();" if kind == "call" else f"r = (long){what};"
        if kind in ("read", "write"):
            cell = f"((volatile unsigned char*){self.use(op, n)})[{op['at']}]"
            return f"{cell} = {op['value']}; r = {cell};" if kind == "write" else f"r = {cell};"
        if kind in ("tls_read", "tls_write"):
            key = self.declare(op["name"])
            return f"{key} = {op['value']}; r = {key};" if kind == "tls_write" else f"r = {key};"
        if kind == "entry":
            return f"r = (long){self.declare(op['name'])}[{op['at']}] - {op['add']};"
        if kind == "static_tls":
            self.lines.append(f'static __thread int s{n}[4] __attribute__((tls_model("{op["model"]}"))) = {{7}};\n'
                              f"static int* volatile p{n};")
            return f"p{n} = s{n}; r = ++p{n}[0];"
        if kind == "dlsym":
            where = {"default": "(void*)0", "next": "(void*)-1", "self": "dlopen(0, 1)"}.get(op["where"], f"h_{op['where']}")
            call = f"dlvsym({where}, \"{op['name']}\", \"{op['version']}\")" if op["version"] else \
                f"dlsym({where}, \"{op['name']}\")"
            return f"r = (long){call};"
        if kind == "opensym":
            lib = libraries(self.world)[op["lib"]]
            file = f"$ORIGIN/{lib['file']}" if op["how"] == "origin" else lib["soname"] or lib["file"]
            return f"void* h = dlopen(\"{file}\", {mode(op)}); r = h ? (long)dlsym(h, \"{op['name']}\") : 0;"
        if kind == "libc":
            return f"r = (long){self.of_libc(op, n)};"
        if kind == "cxx":
            return self.cxx_code(op, n)
        if kind == "phdr":
            return f"r = how_many(\"{libraries(self.world)[op['lib']]['file']}\");"
        raise AssertionError(kind)

    def cxx_code(self, op, n):
        cls, maker = f"K{op['cls']}", op.get("maker")
        caught = {"std::exception": "std::exception", "base": base_of(self.world, op["cls"])}.get(op.get("as"), cls)
        if op["what"] == "new":
            return f"{cls}* volatile o = new {cls}; r = o->who() * 100 + o->id; delete o;"
        if op["what"] == "typeid":
            return f"{cls} o; std::exception* volatile p = &o; r = typeid(*p) == typeid({cls});"
        if op["what"] == "inline":
            return f"r = ++counter_{op['cls']} * 1000 + next_{op['cls']}();"
        if op["what"] == "throw":
            return (f"try {{ {maker}_t{op['cls']}(); r = -1; }} catch ({caught}& e) {{ r = 1000 + e.what()[1]; }} "
                    f"catch (std::exception& e) {{ r = 2000 + e.what()[1]; }} catch (...) {{ r = 3000; }}")
        return (f"std::exception* o = {maker}_m{op['cls']}(); {caught}* d = dynamic_cast<{caught}*>(o); "
                f"r = d ? 1000 + d->what()[1] : 0; delete o;")

    # --- Classes

    def classes(self):
        """Declarations of the classes that this source may use, bases first."""
        start = [self.owner["id"]] if self.owner else self.world["prog"]["links"]
        libs = libraries(self.world)
        lines = ["#include <exception>", "#include <typeinfo>"]
        ids = [each for each in closure(self.world, start) if libs[each]["class"]]
        for each in sorted(ids, reverse=True):  # a base has a later letter
            c = libs[each]["class"]
            body = [f"struct K{each} : {base_of(self.world, each)} {{ int id; K{each}(); ~K{each}() override;",
                    "const char* what() const noexcept override; virtual int who(); };"]
            methods = (f"K{each}::K{each}() : id({c['id']}) {{}} K{each}::~K{each}() {{}} "
                       f"const char* K{each}::what() const noexcept {{ return \"K{each}\"; }} int K{each}::who() {{ return {c['id']}; }}")
            if c["inline"]:
                for part in (f"K{each}::K{each}", f"K{each}::~K{each}", f"const char* K{each}", f"int K{each}::who"):
                    methods = methods.replace(part, "inline " + part, 1)
            lines += body + [methods] * (c["inline"] or self.place == each)
            lines.append(f"inline int counter_{each} = {c['id']}; inline int next_{each}() {{ static int n = {c['id']}; return ++n; }}")
            lines.append(f"extern \"C\" {{ " + " ".join(
                f"void {m}_t{each}(void); std::exception* {m}_m{each}(void);" for m in sorted(libs)) + " }")
        return lines

    def makers(self):
        """What throws and makes objects for others."""
        needed = {(s["op"]["cls"], s["op"]["maker"]) for s in self.world["steps"] if s["op"].get("maker") == self.place}
        for cls, maker in sorted(needed):
            self.lines.append(f"void {maker}_t{cls}(void) {{ throw K{cls}(); }}\n"
                              f"std::exception* {maker}_m{cls}(void) {{ return new K{cls}(); }}")

    def text(self, head, classes):
        body = "\n".join([head] + [line for line in self.declared.values() if line] + self.lines) + "\n"
        if not classes:
            return body
        return "\n".join(self.classes()) + "\nextern \"C\" {\n" + body + "}\n"


def mode(op):
    return functools.reduce(lambda a, b: a | b, (RTLD[f] for f in op["flags"]), 0)


def base_of(world, cls):
    lib = libraries(world).get(cls)
    base = lib["class"]["base"] if lib and lib["class"] else "std::exception"
    return base if base != f"K{cls}" else "std::exception"


def describe(step):
    """What a step is, as it is printed: numbered, and without what differs from machine to machine."""
    op = step["op"]
    words = [str(step["n"]), step["place"], op["op"]]
    words += [str(op[k]) for k in ("what", "cls", "maker", "as", "lib", "symbol", "name", "version", "form", "where", "how") if op.get(k)]
    words += ["|".join(op["flags"])] if op.get("flags") else []
    words += [f"[{op['at']}]"] if "at" in op else []
    words += [f"+{op['add']}"] if op.get("add") else []
    if step["reach"] != ["link"]:
        words.append("by " + " ".join(step["reach"]))
    if step["mode"] != "plain":
        words.append("in a " + step["mode"].replace("fork", "child"))
    return " ".join(words)


def life_code(world, source, lib, op, sign, n):
    """Lines of a constructor or destructor."""
    mark = f"{sign}{lib['id']}"
    if op["op"] == "say":
        return [f'  dprintf(1, "{mark}\\n");']
    if op["op"] == "atexit":
        source.lines.append(f'static void leave_{n}(void) {{ dprintf(1, "~{lib["id"]}\\n"); }}')
        return [f"  atexit(leave_{n});"]
    code = source.code(op, n)
    shown = "r" if result_of(op) == "number" else "(long)(r != 0)"
    what = " ".join(str(op[k]) for k in ("op", "lib", "name") if op.get(k))
    return [f'  {{ {code} dprintf(1, "{mark} {what} = %ld\\n", {shown}); }}']


def library_source(world, lib):
    source = Source(world, lib)
    for d in lib["defs"]:
        source.define(d)
    for step in world["steps"]:
        n = step["n"]
        if step["place"] == lib["id"]:
            code = source.code(step["op"], n)
            source.lines.append(f"long {lib['id']}_{n}(void) {{ long r = 0; {code} return r; }}")
        if step["reach"][0] == "via" and step["reach"][1] == lib["id"]:
            source.lines.append(f"extern long {step['place']}_{n}(void); long {lib['id']}_v{n}(void) {{ return {step['place']}_{n}(); }}")
    if lib["cxx"]:
        source.makers()
    for when, sign, attribute in (("ctor", "+", "constructor"), ("dtor", "-", "destructor")):
        if lib[when]:
            body = [line for at, op in enumerate(lib[when]) for line in life_code(world, source, lib, op, sign, f"{when}{at}")]
            source.lines.append(f"__attribute__(({attribute})) static void {when}(void) {{\n  long r = 0;\n" + "\n".join(body) + "\n}")
    return source.text(LIBC, lib["cxx"])


def letter_of(name):
    """How address() shows what lies there: calls it, reads it, or not (w)."""
    letters = {"func": "f", "tls": "t", "uniq": "v"}
    if name and name["kind"] == "var" and name["size"]:
        return "v"
    return letters.get(name["kind"], "w") if name else "w"


def report(world, step):
    op = step["op"]
    what = quoted(describe(step))
    if op["op"] == "dladdr":
        return f"whose({what}, (void*)r);"
    if result_of(op) == "number":
        return f"number({what}, r);"
    name = target_of(op)
    letter = letter_of(world["names"].get(name))
    return f"address({what}, \"{name}\", '{letter}', (void*)r);"


def open_code(world, step):
    op = step["op"]
    lib = libraries(world)[op["lib"]]
    inside = world["way"] == "api" and lib["role"] == "private"
    file = f"{lib['dir']}/{lib['file']}" if lib["dir"] else lib["file"]
    if op["how"] == "path":
        name = f"file_inside({quoted(file)})" if inside else f'path("N", {quoted(file)})'
    else:
        name = quoted(lib["soname"] or lib["file"])
    return (f"void* h = {'inside' if inside else 'dlopen'}({name}, {mode(op)}); if (h) h_{lib['id']} = h; "
            f"dprintf(1, \"%s = %s\\n\", {quoted(describe(step))}, h ? \"opened\" : \"null\");")


def step_code(world, source, step):
    op, n, place, reach = step["op"], step["n"], step["place"], step["reach"]
    if op["op"] == "open":
        return open_code(world, step)
    if op["op"] == "close":
        lib = libraries(world)[op["lib"]]
        inside = world["way"] == "api" and lib["role"] == "private"
        return (f"if (h_{op['lib']}) number({quoted(describe(step))}, {'not_inside' if inside else 'dlclose'}(h_{op['lib']}));"
                f" else dprintf(1, \"%s: not open\\n\", {quoted(describe(step))});")
    if place == "prog":
        if op["op"] == "dlsym" and op["where"] not in ("default", "next", "self"):
            return f"long r = 0; if (h_{op['where']}) {{ {source.code(op, n)} }} {report(world, step)}"
        return f"long r = 0; {source.code(op, n)} {report(world, step)}"
    function = f"{place}_{n}"
    if reach[0] == "via":
        function, reach = f"{reach[1]}_v{n}", [reach[2], reach[1]]
    if reach[0] == "link":
        source.lines.append(f"extern long {function}(void);")
        return f"long r = {function}(); {report(world, step)}"
    handle = f"h_{reach[1]}" if reach[0] == "handle" else "(void*)0"
    guard = f"{handle} ? " if reach[0] == "handle" else ""
    return (f"long (*f)(void) = (long (*)(void))({guard}dlsym({handle}, \"{function}\"){' : 0' if guard else ''}); "
            f"if (!f) {{ dprintf(1, \"%s: is not there\\n\", {quoted(describe(step))}); return; }} "
            f"long r = f(); {report(world, step)}")


def program_source(world, start="", plain=False):
    """plain: for people, without what tells whether bulkhead did anything."""
    prog = world["prog"]
    source = Source(world, None)
    source.own = dict(prog, versions=False)
    for lib in world["libs"]:
        source.lines.append(f"static void* h_{lib['id']};")
    for d in prog["defs"]:
        source.define(d)
    calls = []
    for step in world["steps"]:
        mark = len(source.lines)
        code = step_code(world, source, step)
        before = source.lines[mark:]
        source.lines[mark:] = before
        source.lines.append(f"static void s{step['n']}(void) {{ {code} }}")
        call = {"plain": f"s{step['n']}();", "thread": f"in_thread(s{step['n']});",
                "fork": f"in_child({quoted(describe(step))}, s{step['n']});"}[step["mode"]]
        calls.append(f"  {call}")
    leave = {"return": f"return {prog['status']};", "exit": f"exit({prog['status']}); return 0;",
             "_exit": f"_exit({prog['status']}); return 0;"}[prog["exit"]]
    begin = "  open_capsule();\n" if world["way"] == "late" else ""
    source.lines.append("int main(void) {\n  dprintf(1, \"main\\n\");\n  note_maps();\n" + begin + "\n".join(calls) + f"\n  dprintf(1, \"end\\n\");\n  {leave}\n}}")
    shared = "".join(f"{quoted(lib['soname'] or lib['file'])}, " for lib in world["libs"] if lib["role"] == "shared")
    if prog["cxx"] or any(lib["cxx"] for lib in world["libs"] if lib["role"] == "shared"):
        shared += '"libstdc++.so.6", '
    late = "".join(f"{quoted(lib['soname'] or lib['file'])}, " for lib in world["libs"] if lib["role"] == "exposed")
    interface = INTERFACE[world["way"]] % (shared, late) if world["way"] in INTERFACE else ""
    body = "note_maps()" * (not plain) + "\n".join(source.lines) + interface
    if plain:
        source.lines[-1] = source.lines[-1].replace("  note_maps();\n", "")
    head = LIBC_OF_PROGRAM + "".join(text for use, text in PIECES.items() if use in body) + interface + start
    return source.text(head, prog["cxx"])


def version_script(lib):
    if not any(d["versions"] for d in lib["defs"]):
        return None
    return "V1 { };\nV2 { } V1;\n"
