"""Capsules: libraries with all that they need in linker namespaces of their own, with one libc.

    import ctypes, bulkhead

    with bulkhead.Capsule(name="old", library_path=["/opt/old/lib"]) as capsule:
        sqlite = capsule.open("libsqlite3.so.0")
        sqlite.sqlite3_libversion.restype = ctypes.c_char_p
        print(sqlite.sqlite3_libversion().decode())

A Library is a ctypes.CDLL, so its functions are called, and callbacks are passed, as ctypes does it.

This module calls libbulkhead.so.0, whose header <bulkhead/bulkhead.h> is the contract: the same options, the same
errors. Thread safety is the header's: any thread at any time. The module looks for the library where BULKHEAD_LIBRARY
says, then as ld.so does, then in the lib directories above itself.
"""
from __future__ import annotations

import ctypes
import enum
import os
import pathlib
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Optional, TypeVar, Union

__all__ = ["Capsule", "Code", "Error", "Heap", "Library", "LibraryInfo", "Role", "debug_heap", "owner", "version"]

_Self = TypeVar("_Self", bound="_Open")
_Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


class Code(enum.IntEnum):
    """bh_code: why a function failed."""

    MALFORMED = 1
    LIMIT = 2
    SYSTEM = 3
    MISSING = 4
    UNSUPPORTED = 5
    CONFLICT = 6
    ARGUMENT = 7


class Role(enum.IntEnum):
    """bh_role: whose copy of a library a capsule has."""

    PRIVATE = 0
    SHARED = 1
    EXPOSED = 2


class Heap(enum.IntEnum):
    """bh_heap: which allocator gave memory out."""

    NONE = 0
    BASE = 1
    CAPSULE = 2


class Error(OSError):
    """A function of bulkhead's failed. str() is the whole sentence: what happened, to which file, because of what, what
    to do. code: a Code; what a later release adds is SYSTEM. errno: the kernel's, or None if it was not the kernel."""

    def __init__(self, code: int, text: str, number: int = 0) -> None:
        super().__init__(text)
        self._number = number
        self.code = Code(code) if code in Code.__members__.values() else Code.SYSTEM
        if number:
            self.errno = number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (int(self.code), str(self), self._number)


_ISOLATED, _OWN_HEAP, _STRICT = 1 << 0, 1 << 1, 1 << 2
_Strings = ctypes.POINTER(ctypes.c_char_p)


class _Options(ctypes.Structure):
    """bh_capsule_options."""

    _fields_ = [("size", ctypes.c_size_t), ("flags", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("tree", ctypes.c_char_p), ("name", ctypes.c_char_p), ("share", _Strings),
                ("keep_private", _Strings), ("expose", _Strings), ("map", _Strings), ("library_path", _Strings),
                ("permit", _Strings), ("plugins", _Strings)]


class _Info(ctypes.Structure):
    """bh_library_info."""

    _fields_ = [("size", ctypes.c_size_t), ("name", ctypes.c_char_p), ("file", ctypes.c_char_p),
                ("begin", ctypes.c_void_p), ("end", ctypes.c_void_p), ("library", ctypes.c_void_p),
                ("role", ctypes.c_int), ("reserved", ctypes.c_uint32)]


_Visit = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Info), ctypes.c_void_p)
_Pointer = ctypes.c_void_p
_Out = ctypes.POINTER(ctypes.c_void_p)

# What each function gives, and takes.
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "bh_version": (ctypes.c_uint, []),
    "bh_error_code": (ctypes.c_int, [_Pointer]),
    "bh_error_text": (ctypes.c_char_p, [_Pointer]),
    "bh_error_number": (ctypes.c_int, [_Pointer]),
    "bh_error_free": (None, [_Pointer]),
    "bh_capsule_open": (ctypes.c_int, [ctypes.POINTER(_Options), _Out, _Out]),
    "bh_capsule_open_config": (ctypes.c_int, [ctypes.c_char_p, ctypes.c_char_p, _Out, _Out]),
    "bh_capsule_close": (None, [_Pointer]),
    "bh_capsule_name": (ctypes.c_char_p, [_Pointer]),
    "bh_capsule_tree": (ctypes.c_char_p, [_Pointer]),
    "bh_capsule_namespace": (ctypes.c_long, [_Pointer]),
    "bh_library_open": (ctypes.c_int, [_Pointer, ctypes.c_char_p, ctypes.c_int, _Out, _Out]),
    "bh_library_close": (ctypes.c_int, [_Pointer, _Out]),
    "bh_symbol": (_Pointer, [_Pointer, ctypes.c_char_p, ctypes.c_char_p, _Out]),
    "bh_capsule_libraries": (ctypes.c_int, [_Pointer, _Visit, _Pointer]),
    "bh_owner": (ctypes.c_int, [_Pointer, _Out]),
    "bh_debug_heap": (ctypes.c_int, []),
}


def _load() -> ctypes.CDLL:
    name = "libbulkhead.so.0"
    places = [os.environ["BULKHEAD_LIBRARY"]] if os.environ.get("BULKHEAD_LIBRARY") else [name]
    if places == [name]:
        # PREFIX/lib/python3/dist-packages/bulkhead, PREFIX/share/bulkhead/python/bulkhead and the like.
        for above in list(pathlib.Path(__file__).resolve().parents)[2:5]:
            found = [above / name, *sorted(above.glob(f"lib*/{name}")), *sorted(above.glob(f"lib/*/{name}"))]
            places += [str(path) for path in found if path.exists()]
    for place in places:
        try:
            library = ctypes.CDLL(place)
            break
        except OSError as error:
            reason = error
    else:
        raise ImportError(f"{name} is not found ({reason}); install bulkhead, or set BULKHEAD_LIBRARY to its path")
    for function, (result, arguments) in _FUNCTIONS.items():
        try:
            entry = getattr(library, function)
        except AttributeError:
            raise ImportError(f"{place} has no {function}: it is not bulkhead's, or of an older release") from None
        entry.restype, entry.argtypes = result, arguments
    return library


_library = _load()


def _raise(code: int, error: ctypes.c_void_p) -> None:
    text = (_library.bh_error_text(error) or b"").decode(errors="replace")
    number = _library.bh_error_number(error)
    _library.bh_error_free(error)
    raise Error(code, text, number)


def _checked(function: Callable[..., int], *arguments: Any) -> None:
    error = ctypes.c_void_p()
    code = function(*arguments, ctypes.byref(error))
    if code != 0:
        _raise(code, error)


def _bytes(value: _Path) -> bytes:
    result = os.fsencode(value)
    if b"\0" in result:
        raise ValueError(f"{value!r} has a null byte")
    return result


_taking = threading.Lock()


class _Open:
    """What is open until it is closed, by whichever thread comes first."""

    _pointer: Optional[int]

    def close(self) -> None:
        raise NotImplementedError

    def _open_pointer(self) -> int:
        if self._pointer is None:
            raise ValueError(f"the {type(self).__name__.lower()} is closed")
        return self._pointer

    def _take_pointer(self) -> Optional[int]:
        """The pointer, which the object has no more."""
        with _taking:
            pointer, self._pointer = self._pointer, None
        return pointer

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()


def _strings(values: Iterable[_Path], member: str) -> Any:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"{member} is a list of strings, not one string")
    words = [_bytes(value) for value in values]
    return (ctypes.c_char_p * (len(words) + 1))(*words, None) if words else None


class Library(_Open, ctypes.CDLL):
    """A library that is open in a capsule: a ctypes.CDLL, so that library.NAME or library["NAME"] is the function of that
    name (in the library or in what it needs), and in_dll() of ctypes' types finds variables. Functions called as a method
    here is, such as close, are to be had by library["close"]. Made by Capsule.open."""

    def __init__(self, pointer: int, name: str) -> None:
        super().__init__(name, handle=pointer)
        self._pointer = pointer

    def __getitem__(self, name_or_ordinal: Any) -> Any:
        self._open_pointer()
        return super().__getitem__(name_or_ordinal)

    def symbol(self, name: str, version: Optional[str] = None) -> int:
        """The address of a symbol, for ctypes' casts; version: such as "LIB_1.0", None for the default one. Raises Error
        with Code.MISSING if there is none."""
        error = ctypes.c_void_p()
        address = _library.bh_symbol(self._open_pointer(), _bytes(name), None if version is None else _bytes(version),
                                     ctypes.byref(error))
        if address is None and error:
            _raise(_library.bh_error_code(error), error)
        return address or 0

    def close(self) -> None:
        """Closes this opening; the last one unloads the library, and functions that were taken from it before must not be
        called any more. (Nothing closes by itself, as nobody knows who still has one.) A second time it does nothing. If
        ld.so refuses, the library stays open, and may be closed again."""
        pointer = self._take_pointer()
        if pointer is None:
            return
        # What asks for symbols from now on gets an error, in_dll() too: null would be the program.
        handle = self._handle
        setattr(self, "_handle", None)
        for name in [name for name, value in vars(self).items() if isinstance(value, self._FuncPtr)]:
            delattr(self, name)
        try:
            _checked(_library.bh_library_close, pointer)
        except Error:
            self._pointer, self._handle = pointer, handle
            raise


@dataclass(frozen=True)
class LibraryInfo:
    """A library that is loaded in a capsule: its SONAME, its file as ld.so knows it, the addresses where its segments
    begin and end (of a shared one the program's), whose copy it is."""

    name: str
    file: str
    begin: int
    end: int
    role: Role


class Capsule(_Open):
    """A linker namespace with libraries of its own. The same options give the same capsule.

    tree: a directory that holds a system's files, by its absolute path. name: tells capsules apart that are otherwise
    the same. share, private: SONAMEs that the capsule takes from the program's side, or never does. expose: SONAMEs that
    the program gets from the capsule when it opens them. map: "DIRECTORY" or "FROM=TO". library_path: directories in
    the tree that are searched first. plugins: patterns of paths that go into the capsule when the program opens them.
    strict: nothing is loaded from elsewhere but from below `permit`. isolated: a libc of its own; own_heap: and its
    malloc. The header says more of each. Raises Error, and ValueError for a text with a null byte."""

    def __init__(self, tree: _Path = "/", name: str = "", *, share: Sequence[str] = (), private: Sequence[str] = (),
                 expose: Sequence[str] = (), map: Sequence[_Path] = (), library_path: Sequence[_Path] = (),
                 plugins: Sequence[_Path] = (), strict: bool = False, permit: Sequence[_Path] = (),
                 isolated: bool = False, own_heap: bool = False) -> None:
        flags = (_ISOLATED if isolated else 0) | (_OWN_HEAP if own_heap else 0) | (_STRICT if strict else 0)
        options = _Options(ctypes.sizeof(_Options), flags, 0, _bytes(tree), _bytes(name), _strings(share, "share"),
                           _strings(private, "private"), _strings(expose, "expose"), _strings(map, "map"),
                           _strings(library_path, "library_path"), _strings(permit, "permit"),
                           _strings(plugins, "plugins"))
        pointer = ctypes.c_void_p()
        _checked(_library.bh_capsule_open, ctypes.byref(options), ctypes.byref(pointer))
        self._pointer = pointer.value

    @classmethod
    def from_config(cls, file: _Path, name: Optional[str] = None) -> Capsule:
        """The capsule `name` of a file for --config; None if the file has just one."""
        pointer = ctypes.c_void_p()
        _checked(_library.bh_capsule_open_config, _bytes(file), None if name is None else _bytes(name),
                 ctypes.byref(pointer))
        capsule = cls.__new__(cls)
        capsule._pointer = pointer.value
        return capsule

    def open(self, file: _Path, mode: int = os.RTLD_NOW) -> Library:
        """Opens a library with all that it needs: a bare name, which is searched in the tree, or an absolute path in
        it. mode: os.RTLD_NOW or RTLD_LAZY, with RTLD_GLOBAL, RTLD_NOLOAD, RTLD_NODELETE, RTLD_DEEPBIND."""
        pointer = ctypes.c_void_p()
        _checked(_library.bh_library_open, self._open_pointer(), _bytes(file), mode, ctypes.byref(pointer))
        assert pointer.value is not None
        return Library(pointer.value, os.fsdecode(file))

    def libraries(self) -> list[LibraryInfo]:
        """What is loaded in it, in ld.so's order."""
        found: list[LibraryInfo] = []

        def visit(info: Any, _: Any) -> int:
            each = info.contents
            found.append(LibraryInfo(os.fsdecode(each.name), os.fsdecode(each.file), each.begin or 0, each.end or 0,
                                     Role(each.role)))
            return 0

        _library.bh_capsule_libraries(self._open_pointer(), _Visit(visit), None)
        return found

    @property
    def name(self) -> str:
        return os.fsdecode(_library.bh_capsule_name(self._open_pointer()))

    @property
    def tree(self) -> str:
        return os.fsdecode(_library.bh_capsule_tree(self._open_pointer()))

    @property
    def namespace(self) -> int:
        """Its Lmid_t, as dlinfo has it."""
        return int(_library.bh_capsule_namespace(self._open_pointer()))

    def close(self) -> None:
        """Gives back this opening. Libraries that are open in the capsule stay usable. A second time it does nothing."""
        pointer = self._take_pointer()
        if pointer is not None:
            _library.bh_capsule_close(pointer)

    def __repr__(self) -> str:
        if self._pointer is None:
            return "<bulkhead.Capsule, closed>"
        return f"<bulkhead.Capsule {self.name!r} of {self.tree!r}>"


def version() -> tuple[int, int, int]:
    """Of the libbulkhead.so.0 that is loaded."""
    number = _library.bh_version()
    return number // 10000, number // 100 % 100, number % 100


def owner(address: int) -> Heap:
    """Whose memory it is that an allocation function gave out: see bh_owner."""
    return Heap(_library.bh_owner(address, None))


def debug_heap() -> bool:
    """Has memory reported that is freed on the other side: see bh_debug_heap. Returns whether it was on."""
    return bool(_library.bh_debug_heap())
