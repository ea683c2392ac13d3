"""What glibc's makefiles say of the tests of a directory: which there are, of which modules, built how.

GNU make itself reads them, with a Makeconfig and Rules of ours in place of glibc's: nothing is configured or built.
"""
import dataclasses
import re
import subprocess

MAKECONFIG = """
objpfx := O/
common-objpfx := C/
elf-objpfx := O/
build-shared := yes
run-built-tests := yes
have-tunables := yes
have-fpie := yes
multi-arch := default
have-ifunc := yes
gnu2-ld := yes
have-protected-data := yes
have-cxx-thread_local := yes
have-z-execstack := yes
default-execstack := yes
CXX := g++
no-pie-ldflag := -no-pie
pie-ccflag := -fPIE
PIE-ccflag := -fPIE
pic-ccflag := -fPIC
no-stack-protector := -fno-stack-protector
empty :=
comma := ,
"""

RULES = """
.PHONY: tell
tell:
	@:$(foreach each,$(sort $(tests) $(tests-internal)),$(info test|$(each)|$(CFLAGS-$(each).c)|$(CPPFLAGS-$(each).c)|$(LDFLAGS-$(each))|$($(each)-ENV)|$($(each)-ARGS)|$(tst-$(each)-no-pie)))
	@:$(foreach each,$(sort $(modules-names) $(modules-names-nobuild) $(tests-modules)),$(info module|$(each)|$(CFLAGS-$(each).c) $(CFLAGS-$(each).cc)|$(CPPFLAGS-$(each).c)|$(LDFLAGS-$(each).so)|$(LDLIBS-$(each).so)))
	@:$(foreach each,$(tests-static),$(info static|$(each)))
"""


@dataclasses.dataclass
class Target:
    """A program or a module: flags are words as make would hand them to gcc."""
    name: str
    compile: list
    link: list
    needs: list = dataclasses.field(default_factory=list)   # modules that it is linked to
    opens: list = dataclasses.field(default_factory=list)   # modules that are there when it runs
    source: str = ""                                        # where it is not its name
    env: str = ""
    arguments: list = dataclasses.field(default_factory=list)


def flags(*texts):
    """The words of texts, without those that only glibc's own build knows."""
    return [word for word in " ".join(texts).split() if "$(" not in word]


def module_of(prerequisite):
    match = re.fullmatch(r"O/(\S+)\.so", prerequisite)
    return match.group(1) if match and match.group(1) not in ("ld", "libc") else None


def read(source, subdirectory):
    """(tests by name, modules by name) of source/subdirectory. source: glibc's tree, of which Makeconfig and Rules are replaced."""
    (source / "Makeconfig").write_text(MAKECONFIG, encoding="utf-8")
    (source / "Rules").write_text(RULES, encoding="utf-8")
    (source / subdirectory / "libof-iterator.mk").touch()
    told = subprocess.run(["make", "-rRp", "tell"], cwd=source / subdirectory, check=False, capture_output=True, text=True).stdout
    tests, modules, static = {}, {}, set()
    for line in told.splitlines():
        kind, _, rest = line.partition("|")
        words = rest.split("|")
        if kind == "test" and len(words) >= 6:
            name, cflags, cppflags, ldflags, env, arguments = words[:6]
            no_pie = ["-no-pie"] if words[6:] == ["yes"] else []
            tests[name] = Target(name, flags(cflags, cppflags), flags(ldflags) + no_pie, env=env, arguments=arguments.split())
        elif kind == "module" and len(words) == 5:
            name, cflags, cppflags, ldflags, ldlibs = words
            modules[name] = Target(name, flags(cflags, cppflags), flags(ldflags, ldlibs))
        elif kind == "static":
            static.add(rest)
    for line in told.splitlines():
        match = re.match(r"O/(\S+?)(\.so|\.out|):\s+(\S.*)$", line)
        if not match:
            continue
        name, suffix, words = match.groups()
        found = [each for each in map(module_of, words.split()) if each]
        target = modules.get(name) if suffix == ".so" else tests.get(name)
        if target:
            (target.opens if suffix == ".out" else target.needs).extend(found)
    # One source for many modules: its rule, its stem and the flags of its recipe.
    for match in re.finditer(r"^O/(\S+)\.os: (\S+)\.cc?\n(?:#.*\n)*?#  Implicit/static pattern stem: '(.*)'\n(?:#.*\n)*((?:\t.*\n)+)", told, re.M):
        name, source_name, stem, recipe = match.groups()
        if name in modules:
            modules[name].source = source_name
            modules[name].compile += [word for word in recipe.replace("$*", stem).split() if word.startswith("-D")]
    return {name: test for name, test in tests.items() if name not in static}, modules
