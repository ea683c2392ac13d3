"""Compiles a world into a directory: n/ are the libraries natively, t/ the same ones as a tree, prog the program.

A library is one call of the compiler. What was compiled once is found again by its source, its options and those of what
it is linked to, so a world from which something was taken out (minimise.py) costs only what changed.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

import render
from pieces import LIBC, LIBC_OF_PROGRAM
from world import libraries

HERE = pathlib.Path(__file__).resolve().parent
CONFORMANCE = HERE.parent / "conformance"
# Linked with this instead of the start files of this system, and with the first versions of some functions, programs run on
# glibc 2.31, too, as those of tests/conformance do.
START = r"""
extern int main(void);
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call start_here\n hlt\n");
__asm__(".symver first_main,__libc_start_main@GLIBC_2.2.5");
int first_main(int (*)(void), int, char**, void (*)(void), void (*)(void), void (*)(void), void*);
extern void (*__init_array_start[])(void) __attribute__((visibility("hidden")));
extern void (*__init_array_end[])(void) __attribute__((visibility("hidden")));
static void begin(void) { void (**f)(void) = __init_array_start; while (f != __init_array_end) (*f++)(); }
static void finish(void) {}
void start_here(long* stack) { first_main(main, (int)stack[0], (char**)(stack + 1), begin, finish, 0, stack); }
"""
# Until glibc 2.34 these had libraries of their own. This system's are empty: linkers would not list them by themselves.
APART = {"libdl.so.2": ("dlopen", "dlsym", "dlvsym", "dlclose", "dladdr"), "libpthread.so.0": ("pthread_create", "pthread_join")}
OLD_VERSIONS = "".join(f'__asm__(".symver {name},{name}@GLIBC_2.2.5");\n' for name in (
    "dlopen", "dlsym", "dlclose", "dladdr", "pthread_create", "pthread_join")) + \
    '__asm__(".symver dlvsym,dlvsym@GLIBC_2.2.5");\n'


class Failed(Exception):
    """The compiler or the linker refuses; args: what it says."""


def libc_of(base):
    """The bytes of a base's libc.so.6, or of this system's."""
    found = next(pathlib.Path(base or "/").glob("lib/*-linux-gnu/libc.so.6"), None) or next(pathlib.Path(base or "/").glob("lib64/libc.so.6"), None)
    return found.read_bytes() if found else b"GLIBC_2.34\0GLIBC_ABI_DT_RELR\0"


def linkers_there():
    return {name for name in ("bfd", "gold", "lld", "mold") if shutil.which(f"ld.{name}") or (name == "mold" and shutil.which("mold"))}


class Workshop:
    """Where worlds are compiled. cache: a directory; products: build/, with bin/ and lib/; base: where they are to run, or None."""

    def __init__(self, cache, products, base=None):
        self.cache = pathlib.Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        self.products = pathlib.Path(products)
        knows = libc_of(base)
        self.old = b"GLIBC_2.34\0" not in knows
        self.relr = b"GLIBC_ABI_DT_RELR\0" in knows  # before, ld.so leaves such relocations undone and says nothing
        self.there = linkers_there()
        self.seconds = 0.0  # in compilers
        self.calls = 0
        self.libstdcxx = None

    def build(self, world, place):
        place = pathlib.Path(place)
        native = place / "n"
        keys = {}
        todo = {lib["id"]: lib for lib in world["libs"]}
        while todo:
            ready = [lib for lib in todo.values() if all(n in keys for n in lib["needs"])]
            if not ready:  # a cycle: one of them is linked to an empty library of the other's name
                lib = next(iter(todo.values()))
                for need in lib["needs"]:
                    if need not in keys:
                        self.make_stub(libraries(world)[need], native)
                        keys[need] = "stub"
                ready = [lib]
            for lib in ready:
                keys[lib["id"]] = self.build_library(world, lib, native, place, keys)
                del todo[lib["id"]]
        for lib in world["libs"]:
            self.put_into_tree(lib, native, place / "t/usr/lib")
        if any(lib["cxx"] for lib in world["libs"]) or world["prog"]["cxx"]:
            self.add_libstdcxx(place / "t/usr/lib")
        self.build_program(world, place, keys)

    def make_stub(self, lib, native):
        name = [f"-Wl,-soname,{lib['soname']}"] if lib["soname"] else []
        self.compile(["gcc", "-shared", "-nostdlib", "-x", "c", "-", *name], [], "", [], native / lib["dir"] / lib["file"])

    def flags(self, own):
        """Of a library or the program: (for compiler, for linker)."""
        options, linker = own["options"], own["linker"] if own["linker"] in self.there else "bfd"
        compiling = [flag for option, flag in (("noplt", "-fno-plt"), ("tlsdesc", "-mtls-dialect=gnu2")) if option in options]
        linking = [f"-fuse-ld={linker}", "-fno-use-linker-plugin", "-Wl,--no-as-needed"]
        linking += [flag for option, flag in (("now", "-Wl,-z,now"), ("bsymbolic", "-Wl,-Bsymbolic"), ("sysv", "-Wl,--hash-style=sysv"),
                                              ("nodelete", "-Wl,-z,nodelete")) if option in options]
        linking += [f"-Wl,-z,{mark}" for mark in ("nodlopen", "initfirst", "global", "unique")
                    if mark in options and (linker == "bfd" or mark in ("nodlopen", "initfirst"))]
        if "relr" in options and linker == "bfd" and self.relr:  # others write no GLIBC_ABI_DT_RELR, without which glibc refuses
            linking.append("-Wl,-z,pack-relative-relocs")
        if own["runpath"]:
            directories = "$ORIGIN/n:$ORIGIN/n/sub" if "links" in own else "$ORIGIN:$ORIGIN/sub" if not own["dir"] else "$ORIGIN/..:$ORIGIN/../sub"
            linking += [f"-Wl,-rpath,{directories}", f"-Wl,--{'enable' if own['runpath'] == 'runpath' else 'disable'}-new-dtags"]
        return compiling, linking

    def command(self, own, start):
        compiling, linking = self.flags(own)
        compiler = ["g++", "-x", "c++"] if own["cxx"] else ["gcc", "-x", "c"]
        return [compiler[0], *start, "-O1", "-w", *compiling, *compiler[1:], "-", "-x", "none", *linking]

    def build_library(self, world, lib, native, place, keys):
        scripts = []
        script = render.version_script(lib)
        if script:
            file = place / f"{lib['id']}.map"
            file.write_text(script, encoding="utf-8")
            scripts.append(f"-Wl,--version-script={file}")
        libs = libraries(world)
        command = self.command(lib, ["-shared", "-fPIC"])
        command += [f"-Wl,-soname,{lib['soname']}"] if lib["soname"] else []
        needs = [word for need in lib["needs"] for word in (f"-L{native / libs[need]['dir']}", f"-l:{libs[need]['file']}")]
        source = render.library_source(world, lib)
        if self.old:
            source = source.replace(LIBC, LIBC + OLD_VERSIONS_OF_LIBRARIES, 1)
        extra = [keys[need] for need in lib["needs"]] + [script or ""]
        return self.compile(command, scripts + needs, source, extra, native / lib["dir"] / lib["file"])

    def apart(self, source):
        """Words by which an old program gets what its source uses from where it is there."""
        if not self.old:
            return []
        uses = "".join(line for line in source.replace(LIBC, "").replace(LIBC_OF_PROGRAM, "").splitlines(True) if ".symver" not in line)
        return [f"-l:{file}" for file, names in APART.items() if re.search(rf"\b({'|'.join(names)})\b", uses)]

    def compile(self, command, needs, source, extra, target):
        """Makes `target` of a source on standard input. needs: words with paths of this world, of which only the libraries' names
        count when it is looked for; extra: what else the result goes by, the keys of what these paths lead to."""
        after = self.apart(source) + ["-Wl,--as-needed"]
        key = hashlib.sha256("\0".join([*command, *(n for n in needs if n.startswith("-l")), *after, source, *extra]).encode()).hexdigest()[:32]
        kept = self.cache / key
        if not kept.exists():
            began = time.monotonic()
            fresh = f"{kept}.{os.getpid()}"
            run = subprocess.run([*command, *needs, *after, "-o", fresh], input=source, capture_output=True, text=True, check=False)
            self.seconds += time.monotonic() - began
            self.calls += 1
            if run.returncode:
                raise Failed(f"{target.name}: {run.stderr}")
            os.replace(fresh, kept)
        else:
            os.utime(kept)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(kept, target)
        target.chmod(0o755)
        return key

    def build_program(self, world, place, keys):
        prog, libs, native = world["prog"], libraries(world), place / "n"
        command = self.program_command(prog)
        needs = [word for need in prog["links"] for word in (f"-L{native / libs[need]['dir']}", f"-l:{libs[need]['file']}")]
        # Where a linker looks for what the libraries need.
        needs += [f"-Wl,-rpath-link,{native}:{native}/sub"]
        source = render.program_source(world, (OLD_VERSIONS + START) if self.old else "")
        if self.old:
            command.insert(1, "-nostartfiles")
        extra = [keys[lib["id"]] for lib in world["libs"]]
        self.compile(command, needs, source, extra, place / "prog")
        if world["way"] in ("api", "late"):
            lib = self.products / "lib/libbulkhead.so.0"
            self.compile(command + ["-DAPI"], needs + [f"-L{lib.parent}", f"-l:{lib.name}"], source, extra, place / "prog-api")

    def program_command(self, prog):
        options = prog["options"]
        kind = ["-no-pie", "-fno-pie"] if "nopie" in options else ["-pie", "-fPIC"] if "fpic" in options else ["-pie", "-fPIE"]
        return self.command(prog, kind + (["-rdynamic"] if prog["rdynamic"] else [])) + ["-Wl,--allow-shlib-undefined"]

    def put_into_tree(self, lib, native, tree):
        file = native / lib["dir"] / lib["file"]
        (tree / lib["dir"]).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, tree / lib["dir"] / lib["file"])
        if lib["soname"] and lib["soname"] != lib["file"] and lib["dir"] != "twin":
            for place in (native, tree):
                link = place / lib["dir"] / lib["soname"]
                if link.exists():  # minimise.py may take away what told two libraries apart
                    raise Failed(f"{link.name}: error: two libraries have that name")
                os.symlink(lib["file"], link)

    def add_libstdcxx(self, tree):
        if not self.libstdcxx:
            found = subprocess.run(["gcc", "-print-file-name=libstdc++.so.6"], capture_output=True, text=True, check=True)
            self.libstdcxx = self.cache / "libstdc++.so.6"
            if not self.libstdcxx.exists():
                fresh = f"{self.libstdcxx}.{os.getpid()}"
                shutil.copyfile(os.path.realpath(found.stdout.strip()), fresh)
                os.replace(fresh, self.libstdcxx)
        try:
            os.link(self.libstdcxx, tree / "libstdc++.so.6")
        except OSError:
            shutil.copyfile(self.libstdcxx, tree / "libstdc++.so.6")


OLD_VERSIONS_OF_LIBRARIES = "".join(f'__asm__(".symver {name},{name}@GLIBC_2.2.5");\n' for name in ("dlopen", "dlsym", "dlvsym"))
