"""What the faults happen to: a tree, this system's copy of its library, programs, a tool, and how each scenario starts.

All of them print 42 if they got what they were to get, and 1 with what this system has.
"""
import os
import pathlib
import shutil
import subprocess

WANTED, NATIVE = "42\n", "1\n"

END = "return printf(\"%d\\n\", answer()) < 0 || fflush(stdout) ? perror(\"program\"), 1 : 0;"
PROGRAM = f"""
#include <stdio.h>
int answer(void);
int main(void) {{ {END} }}
"""
OPENING = f"""
#include <dlfcn.h>
#include <stdio.h>
int main(void) {{
    int (*answer)(void) = 0;
    void *library = dlopen("libthing.so.1", RTLD_NOW);
    if (library) answer = (int (*)(void))dlsym(library, "answer");
    if (!answer) return fprintf(stderr, "%s\\n", dlerror()), 1;
    {END}
}}
"""
# Opens, calls, closes, and opens once more: what was closed is used again. Each has an error of its own, or none.
INTERFACE = r"""
#include <bulkhead/bulkhead.h>
#include <stdio.h>
#include <stdlib.h>
static int once(int *result) {
    bh_capsule_options options = {.size = sizeof options, .tree = getenv("TREE"), .flags = FLAGS};
    bh_capsule *capsule = 0;
    bh_library *library = 0;
    bh_error *error = 0;
    int (*answer)(void) = 0;
    if (bh_capsule_open(&options, &capsule, &error) == BH_OK && bh_library_open(capsule, "libthing.so.1", 0, &library, &error) == BH_OK)
        answer = (int (*)(void))bh_symbol(library, "answer", 0, &error);
    if (answer) *result = answer();
    if (library && bh_library_close(library, answer ? &error : 0) != BH_OK) answer = 0;
    bh_capsule_close(capsule);
    return answer ? 1 : (fprintf(stderr, "%s\n", bh_error_text(error)), 0);
}
int main(void) {
    int first = 0, second = 0;
    if (!once(&first) || !once(&second)) return 1;
    return printf("%d\n", first == second ? first : -1) < 0 || fflush(stdout) ? perror("program"), 1 : 0;
}
"""
TOOL = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
int inner(void);
int answer(void) {
    int (*next)(void) = (int (*)(void))dlsym(RTLD_NEXT, "answer");
    return next ? inner() + next() : -1;
}
"""


def compile_c(output, source, *options):
    subprocess.run(["cc", "-w", "-x", "c", "-", "-x", "none", "-o", str(output), *map(str, options)], input=source, text=True, check=True)


class World:
    def __init__(self, directory, products):
        self.at = pathlib.Path(directory)
        self.trace = self.at / "trace"
        self.bulkhead = products / "bin" / "bulkhead"
        libs, host, tools = self.at / "tree/usr/lib", self.at / "host", self.at / "tools"
        for each in (libs, host, tools, self.at / "home"):
            each.mkdir(parents=True)
        shared = ["-shared", "-fPIC"]
        inner = "int inner(void) { return 41; }"
        compile_c(libs / "libinner.so.1", inner, *shared, "-Wl,-soname,libinner.so.1")
        compile_c(libs / "libthing.so.1", "int inner(void); int answer(void) { return inner() + 1; }", *shared, libs / "libinner.so.1",
                  "-Wl,-soname,libthing.so.1")
        compile_c(host / "libthing.so.1", "int answer(void) { return 1; }", *shared, "-Wl,-soname,libthing.so.1")
        compile_c(tools / "libinner.so.1", inner, *shared, "-Wl,-soname,libinner.so.1")
        self.tool = tools / "libtool.so"
        compile_c(self.tool, TOOL, *shared, tools / "libinner.so.1", f"-Wl,-rpath,{tools}", "-ldl")
        found = ["-Wl,--enable-new-dtags", f"-Wl,-rpath,{host}"]
        compile_c(self.at / "program", PROGRAM, host / "libthing.so.1", *found)
        compile_c(self.at / "opening", OPENING, *found, "-ldl")
        include = pathlib.Path(__file__).resolve().parents[2] / "include"
        for name, flags in (("interface", "0"), ("interface-isolated", "BH_CAPSULE_ISOLATED")):
            compile_c(self.at / name, INTERFACE, f"-DFLAGS={flags}", f"-I{include}", products / "lib/libbulkhead.so.0",
                      f"-Wl,-rpath,{products / 'lib'}")
        # An isolated capsule takes this system's libc, from a tree that has it.
        self.isolated_tree(libs)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.at / "home"), "TREE": str(self.at / "tree"), "LC_ALL": "C"}

    def isolated_tree(self, libs):
        """Copies of libc and ld.so, as this system's programs have them."""
        listed = subprocess.run(["ldd", self.at / "opening"], check=True, capture_output=True, text=True).stdout
        for line in listed.splitlines():
            words = line.split()
            path = next((word for word in words if word.startswith("/")), None)
            if path and os.path.basename(path).startswith(("libc.so", "ld-linux", "ld64", "libdl.so", "libpthread.so")):
                shutil.copy(path, libs / os.path.basename(path))

    def run(self, *options, program="program"):
        return [str(self.bulkhead), "run", "--tree", str(self.at / "tree"), "--expose", "libthing.so.1", *options, "--", str(self.at / program)]

    def preload(self, *options):
        return [str(self.bulkhead), "preload", *options, str(self.tool), "--", str(self.at / "program")]

    @property
    def shims(self):
        return self.at / "shims"

    def scenarios(self):
        """Each with the program that does the same without bulkhead."""
        program, opening = "program", "opening"
        native = ["--on-failure", "native"]
        return {
            "warm": (self.run(), program),
            "cold": (self.run("--no-cache"), program),
            "native": (self.run("--no-cache", *native), program),
            "native-warm": (self.run(*native), program),
            "strict": (self.run("--strict"), program),
            "opening": (self.run(program="opening"), opening),
            "shim": ([str(self.bulkhead), "shim", "--tree", str(self.at / "tree"), "--expose", "libthing.so.1", "-o", str(self.shims)], program),
            "preload": (self.preload(), program),
            "preload-cold": (self.preload("--no-cache"), program),
            "preload-isolated": (self.preload("--isolated"), program),
            "interface": ([str(self.at / "interface")], opening),
            "interface-isolated": ([str(self.at / "interface-isolated")], opening),
        }

    def start(self, command, inject=None):
        """The command, of whose system calls NAME those that WHEN says fail with ERROR."""
        line = ["strace", "-f", "-qq", "-o", str(self.trace)]
        if inject:
            name, error, when = inject
            line += ["--seccomp-bpf", "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={when}"]
        return subprocess.run(line + command, env=self.environment, cwd=self.at, capture_output=True, text=True, timeout=30)

    def use_shims(self):
        """What a program prints with the shims that there are, and what it says."""
        return subprocess.run([str(self.at / "program")], env={**self.environment, "LD_LIBRARY_PATH": str(self.shims)}, capture_output=True,
                              text=True, timeout=30)
