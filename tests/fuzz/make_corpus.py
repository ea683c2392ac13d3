#!/usr/bin/env python3
"""Makes the corpora of fuzz_object, fuzz_ld_cache and fuzz_command, in OUT/object, OUT/ld_cache and OUT/command.

usage: make_corpus.py OUT [LIBRARY...]

object: what dynamic linking reads of an ELF file, and little else. Of each LIBRARY (by default small ones of this system, and ones that the C compiler makes in
the styles that those lack) it writes a file of a few KB: headers, the dynamic section
and every table that the dynamic section names, at their own addresses but packed in the file;
code and data are dropped. Files above 16 KB are left out.
command: libraries and a program that need each other, whole but for section headers. The byte before e_ident's last
says which options they are used with, the last one which file of the tree it is (fuzz_command.cc).
ld_cache: caches of those libraries as ldconfig writes them, in every format that it knows.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile

LIMIT = 16384
SMALL = ["libdl.so.2", "libutil.so.1", "libBrokenLocale.so.1", "libthread_db.so.1"]
DIRECTORIES = ["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"]
SOURCE = r"""
__thread int tls_variable = 1;
int old_name(void) { return 1; } int new_name(void) { return 2; } int data[4] = {1};
__asm__(".symver old_name, name@STYLE_1"); __asm__(".symver new_name, name@@STYLE_2");
extern int puts(const char *); void *pointers[] = {data, &pointers, (void *)puts, data + 1};
int calls(void) { return puts("x") + tls_variable; }
"""
STYLES = {
    "sysv": ["-Wl,--hash-style=sysv"],
    "gnu": ["-Wl,--hash-style=gnu"],
    "both-now": ["-Wl,--hash-style=both", "-Wl,-z,now", "-Wl,-rpath,$ORIGIN/../lib"],
    "relr": ["-Wl,-z,pack-relative-relocs"],
    "unversioned": None,
}
PT_LOAD, PT_DYNAMIC, PT_NULL = 1, 2, 0
PHDR = struct.Struct("<IIQQQQQQ")


def dynamic_of(data, headers):
    header = next(h for h in headers if h[0] == PT_DYNAMIC)
    entries = []
    for at in range(header[2], header[2] + header[5], 16):
        tag, value = struct.unpack_from("<QQ", data, at)
        entries.append((tag, value))
        if tag == 0:
            break
    return header, dict(entries)


def offset_of(headers, vaddr):
    for kind, _, offset, start, _, size, _, _ in headers:
        if kind == PT_LOAD and start <= vaddr < start + size:
            return offset + vaddr - start
    raise ValueError(f"address {vaddr:#x} is in no segment")


def trim(data):
    """Keeps the first segment up to its last table, and the dynamic section."""
    phoff, phnum = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    headers = [PHDR.unpack_from(data, phoff + i * PHDR.size) for i in range(phnum)]
    dynamic, entries = dynamic_of(data, headers)
    sizes = {5: 10, 7: 8, 23: 2, 36: 35, 17: 18}  # DT_STRTAB: DT_STRSZ, and so on
    ends = [phoff + phnum * PHDR.size]
    for tag, size_tag in sizes.items():
        if tag in entries:
            ends.append(offset_of(headers, entries[tag]) + entries.get(size_tag, 0))
    first = next(h for h in headers if h[0] == PT_LOAD)
    for tag in (4, 6, 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFE):
        if tag in entries:  # of unknown size: what lies before the next table is small enough
            ends.append(offset_of(headers, entries[tag]) + 64)
    cut = min((max(ends) + 7) // 8 * 8, first[5])
    body = bytearray(data[:cut])
    at = len(body)
    body += data[dynamic[2]:dynamic[2] + dynamic[5]]
    new = [(PT_LOAD, 4, 0, first[3], first[3], cut, cut, 0x1000),
           (PT_LOAD, 6, at, dynamic[3], dynamic[3], len(body) - at, len(body) - at, 0x1000),
           (PT_DYNAMIC, 6, at, dynamic[3], dynamic[3], len(body) - at, len(body) - at, 8)]
    for i in range(phnum):
        PHDR.pack_into(body, phoff + i * PHDR.size, *(new[i] if i < len(new) else (PT_NULL,) + (0,) * 7))
    struct.pack_into("<Q", body, 40, 0)        # no section headers
    struct.pack_into("<HHH", body, 58, 0, 0, 0)
    return bytes(body)


def compile_styles(directory):
    source, script = os.path.join(directory, "s.c"), os.path.join(directory, "s.map")
    with open(source, "w") as file:
        file.write(SOURCE)
    with open(script, "w") as file:
        file.write("STYLE_1 { local: *_name; }; STYLE_2 { global: calls; data; tls_variable; } STYLE_1;\n")
    for style, flags in STYLES.items():
        library = os.path.join(directory, style)
        extra = [] if flags is None else [f"-Wl,--version-script={script}", *flags]
        text = SOURCE if flags is not None else "\n".join(l for l in SOURCE.splitlines() if "symver" not in l)
        with open(source, "w") as file:
            file.write(text)
        command = ["cc", "-shared", "-fPIC", "-O1", "-nostartfiles", source, "-o", library,
                   "-Wl,-soname,libstyle.so.1", *extra]
        if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
            yield "style-" + style, library
        else:
            print(f"make_corpus: this compiler cannot make style {style}", file=sys.stderr)


def make_caches(directory, libraries, out):
    tree = os.path.join(directory, "tree")
    for place in ("lib", "lib/glibc-hwcaps/x86-64-v3", "etc"):
        os.makedirs(os.path.join(tree, place))
        for path in libraries if place != "etc" else []:
            shutil.copy(path, os.path.join(tree, place, os.path.basename(path)))
    with open(os.path.join(tree, "etc/ld.so.conf"), "w") as file:
        file.write("/lib\n")
    for style in ("new", "compat", "old"):
        cache = os.path.join(tree, "cache")
        command = ["ldconfig", "-r", tree, "-X", "-c", style, "-C", "/cache"]
        env = {**os.environ, "PATH": os.environ["PATH"] + ":/sbin:/usr/sbin"}
        if shutil.which("ldconfig", path=env["PATH"]) and subprocess.run(command, env=env).returncode == 0:
            shutil.copy(cache, os.path.join(out, style))
        else:
            print(f"make_corpus: this ldconfig cannot write format {style} here", file=sys.stderr)


COMMAND = {
    "need": ("int need_data[4] = {1}; int need(void) { return 1; } __thread int need_tls;", ["-Wl,-soname,libneed.so.1"]),
    "beside": ("int beside(void) { return 2; }", ["-Wl,-soname,libbeside.so.1"]),
    "exposed": ("int need(void); int beside(void); extern int need_data[]; extern int puts(const char *); __thread int local = 3;"
                "int *pointer = need_data; int exposed(void) { return need() + beside() + local; } int exposed_data[2] = {4};"
                "void exposed_puts(void) { puts(\"x\"); }",
                ["-Wl,-soname,libexposed.so.1", "need", "beside", "-Wl,-rpath,/opt/a", "-Wl,-z,now"]),
    "tool": ("int need(void); extern void free(void *); void *malloc(unsigned long n) { return (void *)(n + need()); }"
             "int getpid(void) { free(0); return 5; }", ["-Wl,-soname,libtool.so", "need"]),
    "program": ("int exposed(void); extern int exposed_data[]; int main(void) { return exposed() + exposed_data[0]; }"
                "void _start(void) { main(); }", ["exposed", "-no-pie", "-fno-pic", "-Wl,--allow-shlib-undefined"]),
}


def make_noted(directory, out):
    """One with a note, which trimmed ones have not."""
    library = os.path.join(directory, "noted")
    subprocess.run(["cc", "-shared", "-fPIC", "-s", "-nostartfiles", "-x", "c", "-", "-o", library,
                    "-Wl,-z,noseparate-code,-z,max-page-size=4096,--build-id"], input=b"int noted;", check=True)
    with open(library, "rb") as file:
        body = bytearray(file.read())
    end = struct.unpack_from("<Q", body, 40)[0]
    struct.pack_into("<Q", body, 40, 0)
    struct.pack_into("<HHH", body, 58, 0, 0, 0)
    with open(os.path.join(out, "noted"), "wb") as file:
        file.write(body[:end])


def make_command(directory, out):
    """As small as a linker makes them."""
    os.makedirs(out, exist_ok=True)
    for name, (text, options) in COMMAND.items():
        source = os.path.join(directory, name + ".c")
        with open(source, "w") as file:
            file.write(text)
        kind = [] if "-no-pie" in options else ["-shared", "-fPIC"]
        options = [os.path.join(directory, each) if each in COMMAND else each for each in options]
        subprocess.run(["cc", *kind, "-O1", "-w", "-s", "-nostartfiles", "-fno-asynchronous-unwind-tables", source, "-o",
                        os.path.join(directory, name), "-Wl,-z,noseparate-code,-z,max-page-size=4096,--build-id=none", *options], check=True)
        with open(os.path.join(directory, name), "rb") as file:
            body = bytearray(file.read())
        end = struct.unpack_from("<Q", body, 40)[0]  # e_shoff: section headers are last
        struct.pack_into("<Q", body, 40, 0)
        struct.pack_into("<HHH", body, 58, 0, 0, 0)
        role = ["exposed", "need", "beside", "program", "tool"].index(name)
        for place, options in ((role, 0), (5, 4)) if name == "need" else ((role, 0), (role, 15)):
            body[14], body[15] = options, place
            with open(os.path.join(out, name + ("" if options == 0 else "-as-compat" if place == 5 else "-options")), "wb") as file:
                file.write(body[:end])
    with open(os.path.join(out, "conf"), "w") as file:
        file.write("/opt/a/lib\ninclude /etc/*.conf\n")
    ldconfig = shutil.which("ldconfig", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    tree = os.path.join(directory, "command")
    os.makedirs(os.path.join(tree, "usr/lib"))
    os.makedirs(os.path.join(tree, "etc"))
    for name in ("exposed", "need", "tool"):
        shutil.copy(os.path.join(directory, name), os.path.join(tree, "usr/lib", f"lib{name}.so.1"))
    with open(os.path.join(tree, "etc/ld.so.conf"), "w") as file:
        file.write("/usr/lib\n")
    if ldconfig and subprocess.run([ldconfig, "-r", tree, "-X", "-c", "new", "-C", "/cache"]).returncode == 0:
        shutil.copy(os.path.join(tree, "cache"), os.path.join(out, "cache"))


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if len(sys.argv) > 1 else 1
    out = os.path.join(sys.argv[1], "object")
    caches = os.path.join(sys.argv[1], "ld_cache")
    os.makedirs(out, exist_ok=True)
    os.makedirs(caches, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        files = [(os.path.basename(path), path) for path in sys.argv[2:]]
        if not files:
            paths = (os.path.join(d, name) for name in SMALL for d in DIRECTORIES)
            found = {os.path.basename(p): p for p in paths if os.path.exists(p)}
            files = list(found.items()) + list(compile_styles(directory))
        make_caches(directory, [path for _, path in files], caches)
        if not sys.argv[2:]:
            make_noted(directory, out)
            make_command(directory, os.path.join(sys.argv[1], "command"))
        for name, path in files:
            with open(path, "rb") as file:
                data = file.read()
            try:
                trimmed = trim(data)
            except (ValueError, StopIteration) as error:
                print(f"make_corpus: {path}: {error}", file=sys.stderr)
                continue
            if len(trimmed) > LIMIT:
                print(f"make_corpus: {path}: still {len(trimmed)} bytes, left out", file=sys.stderr)
                continue
            with open(os.path.join(out, name), "wb") as file:
                file.write(trimmed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
