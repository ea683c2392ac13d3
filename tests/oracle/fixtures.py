"""Small libraries and programs, each with exactly the dynamic section a test wants."""

import hashlib
import os
import struct
import subprocess

DT_SONAME, DT_RPATH = 14, 15


class Workshop:
    """Makes libraries below a directory; paths are relative to it unless absolute."""

    def __init__(self, directory):
        self.directory = os.path.realpath(directory)
        self.stubs = os.path.join(self.directory, ".stubs")
        os.makedirs(self.stubs)

    def path(self, name):
        return os.path.join(self.directory, name.lstrip("/"))

    def library(self, name, needs=(), soname=None, rpath=None, runpath=None, flags=()):
        """A shared library. `needs` go into DT_NEEDED literally; soname="" means none."""
        if soname is None:
            soname = os.path.basename(name)
        options = ["-shared", *([f"-Wl,-soname,{soname}"] if soname else [])]
        return self.link(name, options, needs, rpath, runpath, flags)

    def program(self, name, needs=(), rpath=None, runpath=None, flags=()):
        return self.link(name, ["-pie", "-Wl,-e,start"], needs, rpath, runpath, flags)

    def link(self, name, options, needs, rpath, runpath, flags):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        search = []
        if rpath is not None:
            search = [f"-Wl,-rpath,{rpath}", "-Wl,--disable-new-dtags"]
        if runpath is not None:
            search = [f"-Wl,-rpath,{runpath}", "-Wl,--enable-new-dtags"]
        # A number of its own: two equal libraries are still two.
        source = f'void start(void) {{}} const char tag[] = "{name}";'
        stubs = [self.stub(need) for need in needs]
        subprocess.run(
            ["gcc", "-xc", "-", "-xnone", "-fPIC", "-nostdlib", "-Wl,--no-as-needed", *options,
             *search, *flags, *stubs, "-o", path],
            input=source, text=True, check=True)
        return path

    def stub(self, soname):
        """Something to link against so that DT_NEEDED becomes `soname`."""
        path = os.path.join(self.stubs, hashlib.sha1(soname.encode()).hexdigest()[:12] + ".so")
        if not os.path.exists(path):
            subprocess.run(["gcc", "-xc", "-", "-shared", "-nostdlib", f"-Wl,-soname,{soname}", "-o", path],
                           input="", text=True, check=True)
        return path

    def link_to(self, name, target):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
        return path

    def text(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(content)
        return path


def change_byte(path, offset, value):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes([value]))


def retag(path, old, new):
    """Makes the dynamic entry `old` of a 64-bit little-endian file one of kind `new`."""
    with open(path, "r+b") as file:
        image = bytearray(file.read())
        headers, = struct.unpack_from("<Q", image, 32)
        size, count = struct.unpack_from("<HH", image, 54)
        for i in range(count):
            kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", image, headers + i * size)
            if kind != 2:  # PT_DYNAMIC
                continue
            for at in range(offset, offset + length, 16):
                if struct.unpack_from("<q", image, at)[0] == old:
                    struct.pack_into("<q", image, at, new)
                    file.seek(0)
                    file.write(image)
                    return
    raise ValueError(f"{path} has no dynamic entry {old}")
