"""What a shared library exports, imports and needs, with symbol versions.

Reads the tables that ld.so reads (the dynamic segment, never section headers), little-endian
64-bit images only. Enough for the checks beside it; the product has its own, bounded reader.
"""

import struct

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_TLS, PT_GNU_STACK, PT_GNU_RELRO = 1, 2, 3, 7, 0x6474E551, 0x6474E552
DT_NEEDED, DT_PLTRELSZ, DT_STRTAB, DT_SYMTAB, DT_RELA, DT_RELASZ = 1, 2, 5, 6, 7, 8
DT_SONAME, DT_TEXTREL, DT_JMPREL, DT_RELR, DT_INIT_ARRAYSZ = 14, 22, 23, 36, 27
DT_GNU_HASH, DT_VERSYM, DT_VERDEF, DT_VERDEFNUM = 0x6FFFFEF5, 0x6FFFFFF0, 0x6FFFFFFC, 0x6FFFFFFD
DT_VERNEED, DT_VERNEEDNUM, DT_HASH = 0x6FFFFFFE, 0x6FFFFFFF, 4
DT_FLAGS_1, DF_1_PIE = 0x6FFFFFFB, 0x08000000
R_X86_64_TLSDESC = 36
KINDS = {0: "notype", 1: "object", 2: "func", 6: "tls", 10: "ifunc"}


class NotAnImage(Exception):
    pass


class Symbol:
    def __init__(self, name, version, default, defined, weak, kind, file, value, size):
        self.name, self.version, self.default, self.defined = name, version, default, defined
        self.weak, self.kind, self.file, self.value, self.size = weak, kind, file, value, size

    @property
    def key(self):
        return (self.name, self.version)


class Image:
    def __init__(self, path):
        with open(path, "rb") as file:
            head = file.read(64)
            if len(head) < 64 or head[:4] != b"\x7fELF" or head[4] != 2 or head[5] != 1:
                raise NotAnImage(path)
            self.data = head + file.read()
        self.machine = struct.unpack_from("<H", self.data, 18)[0]
        (phoff,) = struct.unpack_from("<Q", self.data, 32)
        phentsize, phnum = struct.unpack_from("<HH", self.data, 54)
        self.segments = []
        for i in range(phnum):
            kind, flags, offset, address, _, size, _, _ = struct.unpack_from(
                "<IIQQQQQQ", self.data, phoff + i * phentsize)
            self.segments.append((kind, flags, offset, address, size))
        self.dynamic = []
        for kind, _, offset, _, size in self.segments:
            if kind == PT_DYNAMIC:
                for at in range(offset, min(offset + size, len(self.data) - 15), 16):
                    tag, value = struct.unpack_from("<qQ", self.data, at)
                    if tag == 0:
                        break
                    self.dynamic.append((tag, value))
        if not self.dynamic:
            raise NotAnImage(path)
        self.tag = dict(self.dynamic)
        self.needed = [self._string(v) for t, v in self.dynamic if t == DT_NEEDED]
        self.soname = self._string(self.tag[DT_SONAME]) if DT_SONAME in self.tag else None
        self.required = []  # (file, version, weak)
        self.provided = []  # version nodes, without the base one
        self.symbols = self._read_symbols() if DT_SYMTAB in self.tag else []

    def segment(self, wanted):
        return next((s for s in self.segments if s[0] == wanted), None)

    def exports(self):
        return [s for s in self.symbols if s.defined]

    def imports(self):
        return [s for s in self.symbols if not s.defined]

    def relocations(self):
        """(type, symbol or None) of each entry of DT_RELA and DT_JMPREL."""
        tables = [(DT_RELA, DT_RELASZ), (DT_JMPREL, DT_PLTRELSZ)]
        for table, size in tables:
            if table not in self.tag:
                continue
            at = self._offset(self.tag[table])
            for entry in range(at, at + self.tag[size], 24):
                (info,) = struct.unpack_from("<Q", self.data, entry + 8)
                yield info & 0xFFFFFFFF, self.by_index.get(info >> 32)

    def has_relocation(self, wanted):
        for table, size in ((DT_RELA, DT_RELASZ), (DT_JMPREL, DT_PLTRELSZ)):
            if table in self.tag:
                at = self._offset(self.tag[table])
                entries = struct.iter_unpack("<QIIq", self.data[at:at + self.tag[size] // 24 * 24])
                if any(kind == wanted for _, kind, _, _ in entries):
                    return True
        return False

    def _offset(self, address):
        for kind, _, offset, start, size in self.segments:
            if kind == PT_LOAD and start <= address < start + size:
                return offset + address - start
        raise NotAnImage(f"address {address:#x} is in no segment")

    def _string(self, at):
        start = self._offset(self.tag[DT_STRTAB]) + at
        return self.data[start:self.data.index(b"\0", start)].decode("latin-1")

    def _versions(self):
        names = {}
        if DT_VERDEF in self.tag:
            at = self._offset(self.tag[DT_VERDEF])
            for _ in range(self.tag[DT_VERDEFNUM]):
                _, flags, index, _, _, aux, step = struct.unpack_from("<HHHHIII", self.data, at)
                (name,) = struct.unpack_from("<I", self.data, at + aux)
                names[index] = (None if flags & 1 else self._string(name), None)
                if not flags & 1:
                    self.provided.append(self._string(name))
                at += step
        if DT_VERNEED in self.tag:
            at = self._offset(self.tag[DT_VERNEED])
            for _ in range(self.tag[DT_VERNEEDNUM]):
                _, count, file, aux, step = struct.unpack_from("<HHIII", self.data, at)
                file, aux = self._string(file), at + aux
                for _ in range(count):
                    _, flags, index, name, hop = struct.unpack_from("<IHHII", self.data, aux)
                    names[index] = (self._string(name), file)
                    self.required.append((file, self._string(name), bool(flags & 2)))
                    aux += hop
                at += step
        return names

    def _symbol_count(self):
        if DT_HASH in self.tag:
            return struct.unpack_from("<I", self.data, self._offset(self.tag[DT_HASH]) + 4)[0]
        at = self._offset(self.tag[DT_GNU_HASH])
        buckets, first, bloom, _ = struct.unpack_from("<IIII", self.data, at)
        chains = at + 16 + bloom * 8 + buckets * 4
        last = max(struct.unpack_from(f"<{buckets}I", self.data, at + 16 + bloom * 8))
        if last < first:
            # Nothing is exported: the imports end where the next table starts.
            tables = [self.tag[t] for t in (DT_STRTAB, DT_VERSYM) if t in self.tag]
            end = min(t for t in tables if t > self.tag[DT_SYMTAB])
            return (end - self.tag[DT_SYMTAB]) // 24
        while not struct.unpack_from("<I", self.data, chains + (last - first) * 4)[0] & 1:
            last += 1
        return last + 1

    def _read_symbols(self):
        names, found, self.by_index = self._versions(), [], {}
        table = self._offset(self.tag[DT_SYMTAB])
        versym = self._offset(self.tag[DT_VERSYM]) if DT_VERSYM in self.tag else None
        for i in range(1, self._symbol_count()):
            name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, table + i * 24)
            if info >> 4 == 0:
                continue
            index = struct.unpack_from("<H", self.data, versym + i * 2)[0] if versym else 1
            version, file = names.get(index & 0x7FFF, (None, None))
            kind = KINDS.get(info & 15, str(info & 15))
            # A version node's own name is listed as an absolute symbol by GNU ld.
            if section == 0xFFF1 and kind == "object" and self._string(name) == version:
                continue
            symbol = Symbol(self._string(name), version, not index & 0x8000, section != 0,
                            info >> 4 == 2, kind, file, value, size)
            found.append(symbol)
            self.by_index[i] = symbol
        return found
