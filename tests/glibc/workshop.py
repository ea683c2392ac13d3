"""Builds glibc's tests with this system's compiler and headers: no configured glibc is needed."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import makefiles

COMPILE = ["-w", "-D_GNU_SOURCE", "-std=gnu11", "-O2", "-fno-stack-protector", "-DTIMEOUTFACTOR=1", "-Dinhibit_stack_protector="]
FOLDERS = ("elf", "dlfcn", "support", "include", "sysdeps/pthread", "sysdeps/x86_64", "sysdeps/generic", "nptl")
OURS = "test-skeleton.c"
HEADERS = ("include/array_length.h", "include/dso_handle.h", "include/intprops.h", "sysdeps/generic/ifunc-sel.h", "sysdeps/generic/tst-file-align.h",
           "sysdeps/generic/tst-audit.h", "sysdeps/x86_64/tst-audit.h", "sysdeps/generic/tst-stack-align.h", "sysdeps/x86_64/tst-stack-align.h",
           "sysdeps/i386/tst-stack-align.h", "include/stackinfo.h")
# What configure would have found.
CONFIG = "#define HAVE_GNU_RETAIN 1\n#define HAVE_ASM_UNIQUE_OBJECT 1\n"
# glibc's own needs a function that only glibc's libraries may use.
SCRATCH_BUFFER = """
#include <stdbool.h>
#include <stdlib.h>
struct scratch_buffer { void *data; size_t length; };
static inline void scratch_buffer_init(struct scratch_buffer *b) { b->length = 1024; b->data = malloc(b->length); }
static inline void scratch_buffer_free(struct scratch_buffer *b) { free(b->data); }
static inline bool scratch_buffer_grow_preserve(struct scratch_buffer *b) { return (b->data = realloc(b->data, b->length *= 2)) != NULL; }
static inline bool scratch_buffer_grow(struct scratch_buffer *b) { return scratch_buffer_grow_preserve(b); }
static inline bool scratch_buffer_set_array_size(struct scratch_buffer *b, size_t n, size_t each)
{ while (b->length < n * each) scratch_buffer_grow(b); return true; }
"""


class Failed(Exception):
    """What the compiler or linker said."""


def source(cache):
    """glibc's tests, as the package client has them: the path of the tree; None and why, where there is none."""
    found = sorted(cache.glob("glibc-*/elf/Makefile"))
    if found:
        return found[-1].parent.parent, ""
    if not shutil.which("apt-get"):
        return None, "no apt-get, which brings the package glibc-source"
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        def done(*command):
            return subprocess.run(command, cwd=scratch, check=False, capture_output=True, text=True)
        got = done("apt-get", "download", "glibc-source")
        packages = list(pathlib.Path(scratch).glob("*.deb"))
        if not packages:
            return None, "apt-get download glibc-source: " + (got.stderr.strip().splitlines() or ["nothing came"])[-1]
        done("dpkg-deb", "-x", packages[0], "package")
        archive = next(pathlib.Path(scratch).glob("package/usr/src/glibc/glibc-*.tar.xz"))
        name = archive.name.removesuffix(".tar.xz")
        wanted = [f"{name}/{each}" for each in (*FOLDERS, OURS)]
        unpacked = done("tar", "-xf", archive, *wanted)
        if unpacked.returncode:
            return None, "the archive cannot be read: " + unpacked.stderr.strip()[-200:]
        (pathlib.Path(scratch) / name).rename(cache / name)
    return cache / name, ""


class Workshop:
    """place: an empty directory; what is built comes there, modules and programs beside each other."""

    def __init__(self, tree, subdirectory, place):
        self.tree, self.sub, self.place = tree, tree / subdirectory, place
        self.tests, self.modules = makefiles.read(tree, subdirectory)
        self.headers = place / "I"
        self.headers.mkdir(parents=True)
        for each in ("support", OURS):
            (self.headers / each).symlink_to(tree / each)
        for each in HEADERS:
            if (tree / each).exists():
                (self.headers / pathlib.Path(each).name).unlink(missing_ok=True)
                (self.headers / pathlib.Path(each).name).symlink_to(tree / each)
        (self.headers / "config.h").write_text(CONFIG, encoding="utf-8")
        (self.headers / "scratch_buffer.h").write_text(SCRATCH_BUFFER, encoding="utf-8")
        self.support = place / "libsupport.a"
        self.built = {}

    def run(self, command):
        done = subprocess.run([str(word) for word in command], cwd=self.sub, check=False, capture_output=True, text=True)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if "error:" in line or "undefined" in line or "relocation" in line]
            raise Failed(" ".join((lines or [done.stderr[-200:]])[0].split()))

    def make_support(self):
        """All of support/ that this system's headers allow; what a test lacks of it, its link tells."""
        objects = self.place / "S"
        objects.mkdir()
        where = {"SRCDIR": self.tree, "OBJDIR": self.place, "OBJDIR_ELF_LDSO": "/lib64/ld-linux-x86-64.so.2", "INSTDIR": "/usr", "LIBDIR": "/usr/lib",
                 "SLIBDIR": "/lib", "BINDIR": "/usr/bin", "SBINDIR": "/usr/sbin", "ROOTSBINDIR": "/sbin", "COMPLOCALEDIR": "/usr/lib/locale",
                 "SYSCONFDIR": "/etc", "ROOTDIR": "/"}
        paths = [f"-D{name}_PATH=\"{path}\"" for name, path in where.items()]

        def one(file):
            try:
                self.run(["gcc", *COMPILE, "-fPIC", "-include", "limits.h", "-I", self.headers, "-I", self.tree / "support", *paths, "-c", file,
                          "-o", objects / f"{file.stem}.o"])
            except Failed:
                pass
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(one, sorted((self.tree / "support").glob("*.c"))))
        self.run(["ar", "rcs", self.support, *sorted(objects.glob("*.o"))])

    def file(self, name):
        for folder in (self.sub, self.tree / "sysdeps/x86_64", self.tree / "sysdeps/pthread"):
            for suffix in (".c", ".cc"):
                if (folder / f"{name}{suffix}").exists():
                    return folder / f"{name}{suffix}"
        raise Failed(f"no source of {name}")

    def words(self, words):
        """Of glibc's makefiles, as they are for this place."""
        # A filter's filtee may be exposed, or in the tree, and is then to be found by its name.
        words = [re.sub(r"--(auxiliary|filter)=O/", r"--\1=", word) for word in words]
        return [word.replace("O/", f"{self.place}/").replace("\\\"", "\"").replace("\\$$ORIGIN", "$ORIGIN") for word in words]

    def objects(self, target):
        return [self.place / f"{each}.so" for each in target.needs]

    def module(self, name, above=()):
        """Makes a module and what it is linked to; Failed when that cannot be done."""
        if name in above:
            return
        if name not in self.built:
            self.built[name] = self.try_module(name, above)
        if self.built[name]:
            raise Failed(self.built[name])

    def try_module(self, name, above):
        try:
            target = self.modules.get(name)
            if not target:
                raise Failed(f"the makefile does not say how {name}.so is made")
            for each in target.needs:
                self.module(each, (*above, name))
            own = [] if any("-soname" in word for word in target.link) else [f"-Wl,-soname,{name}.so"]
            file = self.file(target.source or name)
            self.run(["g++" if file.suffix == ".cc" else "gcc", *(word for word in COMPILE if file.suffix == ".c" or "std=" not in word),
                      "-fPIC", "-I", self.headers, "-I", self.sub, *self.words(target.compile), "-shared", *own, file, *self.objects(target),
                      *self.words(target.link), f"-Wl,-rpath-link,{self.place}", self.support, "-o", self.place / f"{name}.so"])
            return ""
        except Failed as failed:
            return str(failed)

    def program(self, name):
        """Makes a test and its modules, and returns the modules that it may meet."""
        target = self.tests[name]
        for each in target.needs + target.opens:
            self.module(each)
        file = self.file(name)
        pie = [] if any(word in ("-no-pie", "-fPIE", "-pie") for word in target.link + target.compile) else ["-no-pie", "-fno-pie"]
        self.run(["gcc", *COMPILE, *pie, "-I", self.headers, "-I", self.sub, *self.words(target.compile), file,
                  *self.objects(target), *self.words(target.link), f"-Wl,-rpath-link,{self.place}", self.support, "-o", self.place / name])
        return self.reachable(target.needs + target.opens)

    def reachable(self, names):
        found = []
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found.append(name)
                waiting += self.modules[name].needs + self.modules[name].opens
        return found
