"""A world as a shell script of its own: sources as here-documents, both commands, both outputs."""
import shlex

import build
import execute
import render
from world import libraries

HEAD = """#!/bin/bash
# A world that answers differently natively and with bulkhead, from seed {seed}: {kind}
# Makes everything in a temporary directory. BULKHEAD names the command, PRODUCTS the directory with bin/ and lib/.
B=$(readlink -f "${{BULKHEAD:-build/bin/bulkhead}}"); P=${{PRODUCTS:-$(dirname "$B")/..}}; W=$(mktemp -d); trap 'rm -rf "$W"' EXIT
export XDG_CACHE_HOME=$W/cache N=$W/n T=$W/t; unset LD_LIBRARY_PATH; cd "$W"; mkdir -p n/sub n/twin t/usr/lib; ulimit -c 0
"""


class Printer:
    """Writes commands instead of running them."""

    def __init__(self):
        self.shop = build.Workshop.__new__(build.Workshop)
        self.shop.there = build.linkers_there()
        self.shop.old, self.shop.relr = False, True
        self.lines = []

    def compile(self, own, command, needs, source, target):
        words = " ".join(word if word.startswith("-Wl,-rpath-link") else shlex.quote(word) for word in [*command, *needs, "-Wl,--as-needed", "-o", target])
        self.lines.append(f"{words} <<'E'\n{source.strip()}\nE")


def text(world, native, other, verdict):
    kind = verdict.kind_of_difference if hasattr(verdict, "kind_of_difference") else str(verdict)
    printer = Printer()
    libs = libraries(world)
    done = set()
    while len(done) < len(libs):
        ready = [i for i in libs if i not in done and all(n in done for n in libs[i]["needs"])]
        if not ready:
            ready = [next(i for i in libs if i not in done)]
            for need in libs[ready[0]]["needs"]:
                if need not in done:
                    soname = f" -Wl,-soname,{libs[need]['soname']}" if libs[need]["soname"] else ""
                    printer.lines.append(f"gcc -shared -nostdlib -x c - -o {where(libs[need])}{soname} </dev/null")
        for each in ready:
            one_library(printer, world, libs[each])
            done.add(each)
    printer.lines.append("cp -r n/. t/usr/lib/")
    if any(lib["cxx"] for lib in world["libs"]):
        printer.lines.append("cp -L \"$(gcc -print-file-name=libstdc++.so.6)\" t/usr/lib/")
    the_program(printer, world)
    lines = [HEAD.format(seed=world["seed"], kind=kind)] + printer.lines
    env = " ".join(map(shlex.quote, execute.environment(world)))
    options = " ".join(map(shlex.quote, execute.options_of(world)))
    lines.append(f'echo "natively:"; env LD_LIBRARY_PATH=$N {env} ./prog; echo "[$?]"')
    command = {"run": f'env LD_LIBRARY_PATH=$N {env} "$B" run {options} -- ./prog',
               "shim": f'LD_LIBRARY_PATH=$N "$B" shim {options} -o shims >/dev/null; env LD_LIBRARY_PATH=$W/shims:$N {env} ./prog',
               **dict.fromkeys(("api", "late"), f"env LD_LIBRARY_PATH=$N:$P/lib {env} ./prog-api")}[world["way"]]
    lines.append(f'echo "with bulkhead:"; {command}; echo "[$?]"')
    for name, outcome in (("natively", native), ("with bulkhead", other)):
        if outcome:
            lines += [f"# {name}:"] + [f"#   {line}" for line in outcome.lines + [f"[{outcome.status}]"]]
            if outcome is other and outcome.said:
                lines += [f"#   {line}" for line in execute.plain(outcome.said).splitlines()[:4]]
    return "\n".join(lines) + "\n"


def where(lib):
    return f"n/{lib['dir']}/{lib['file']}" if lib["dir"] else f"n/{lib['file']}"


def one_library(printer, world, lib):
    libs = libraries(world)
    command = printer.shop.command(lib, ["-shared", "-fPIC"]) + ([f"-Wl,-soname,{lib['soname']}"] if lib["soname"] else [])
    if render.version_script(lib):
        printer.lines.append(f"printf '{render.version_script(lib)}' >{lib['id']}.map".replace("\n", "\\n"))
        command.append(f"-Wl,--version-script={lib['id']}.map")
    needs = [word for need in lib["needs"] for word in ("-L" + where(libs[need]).rsplit("/", 1)[0], f"-l:{libs[need]['file']}")]
    printer.compile(lib, command, needs, render.library_source(world, lib), where(lib))
    if lib["soname"] and lib["soname"] != lib["file"] and lib["dir"] != "twin":
        printer.lines.append(f"ln -s {lib['file']} {where(lib).rsplit('/', 1)[0]}/{lib['soname']}")


def the_program(printer, world):
    prog, libs = world["prog"], libraries(world)
    command = printer.shop.program_command(prog)
    needs = [word for need in prog["links"] for word in ("-L" + where(libs[need]).rsplit("/", 1)[0], f"-l:{libs[need]['file']}")]
    needs.append("-Wl,-rpath-link,n:n/sub")
    source = render.program_source(world, plain=True)
    printer.compile(prog, command, needs, source, "prog")
    if world["way"] in ("api", "late"):
        last = printer.lines[-1]
        printer.lines.append(last.replace("-o prog <<", '-DAPI -L"$P/lib" -l:libbulkhead.so.0 -o prog-api <<', 1))
