#!/usr/bin/env python3
"""Makes the corpora of fuzz_object and fuzz_ld_cache, in OUT/object and OUT/ld_cache.

usage: make_corpus.py OUT [LIBRARY...]

object: what dynamic linking reads of an ELF file, and little else. Of each LIBRARY (by default small ones of this system, and ones that the C compiler makes in
the styles that those lack) it writes a file of a few KB: headers, the dynamic section
and every table that the dynamic section names, at their own addresses but packed in the file;
code and data are dropped. Files above 16 KB are left out.
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
