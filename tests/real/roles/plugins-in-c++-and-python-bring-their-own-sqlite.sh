#!/bin/bash
# Programs that load plugins with clashing dependencies: each plugin needs the libsqlite3.so.0 of another release, and each gets its own, in
# one process with the program's. In C++ by <bulkhead/bulkhead.hpp>, in Python by ctypes.
. "$(dirname "$0")/roles.bash"
need c++ pkg-config /usr/bin/python3
old=$(HOME=$home_before "$here/trees" bullseye libsqlite3-0 zlib1g) || exit $?
old=$(realpath "$old")
versions=("$(tree_version libsqlite3-0)" "$(sed -n 's/^libsqlite3-0 \(.*\)-[^-]*$/\1/p' "$old.packages")")
[[ ${versions[0]} != "${versions[1]}" ]] || skip "both releases have the same SQLite"
cd "$scratch"

# The plugin, as everybody builds one.
cat >plugin.c <<'END'
const char *sqlite3_libversion(void);
const char *greet(void) { return sqlite3_libversion(); }
END
for release in new:"$tree" old:"$old"; do
    mkdir "${release%%:*}"
    cc -shared -fPIC plugin.c -o "${release%%:*}/plugin.so" "$(file_in "${release#*:}" libsqlite3.so.0)" -Wl,--allow-shlib-undefined
done

cat >host.cc <<'END'
#include <bulkhead/bulkhead.hpp>
#include <iostream>

int main(int count, char **words) {
  for (int i = 1; i + 1 < count; i += 2) {
    // The plugin lies on this system; what it needs comes from the tree.
    bulkhead::Capsule capsule(bulkhead::Options().tree("/").name(words[i]).library_path(words[i + 1]));
    bulkhead::Library plugin = capsule.open(words[i]);
    std::cout << words[i] << " has SQLite " << plugin.symbol<const char*()>("greet")() << '\n';
  }
}
END
# 1.
export PKG_CONFIG_PATH=$installed/lib/pkgconfig
# shellcheck disable=SC2046 # one word an option
c++ -std=c++17 host.cc -o host $(pkg-config --cflags --libs bulkhead) "-Wl,-rpath,$installed/lib"
# 2.
output=$(./host "$scratch/new/plugin.so" "$tree/usr/lib/x86_64-linux-gnu" "$scratch/old/plugin.so" "$old/usr/lib/x86_64-linux-gnu") || fail "host: $?"
[[ $output == *"new/plugin.so has SQLite ${versions[0]}"*"old/plugin.so has SQLite ${versions[1]}"* ]] || fail "C++: $output"
echo "$output"

cat >host.py <<'END'
import ctypes
import os
import sqlite3
import sys

bulkhead = ctypes.CDLL(sys.argv[1])


class Options(ctypes.Structure):
    """bh_capsule_options of <bulkhead/bulkhead.h>."""
    _fields_ = [("size", ctypes.c_size_t), ("flags", ctypes.c_uint32), ("reserved", ctypes.c_uint32),
                ("tree", ctypes.c_char_p), ("name", ctypes.c_char_p), ("share", ctypes.c_void_p),
                ("keep_private", ctypes.c_void_p), ("expose", ctypes.c_void_p), ("map", ctypes.c_void_p),
                ("library_path", ctypes.POINTER(ctypes.c_char_p)), ("permit", ctypes.c_void_p)]


bulkhead.bh_error_text.restype = ctypes.c_char_p
bulkhead.bh_symbol.restype = ctypes.c_void_p


def check(code, error):
    if code != 0:
        raise OSError(bulkhead.bh_error_text(error).decode())


def greet(path, directory):
    capsule, library, error = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    directories = (ctypes.c_char_p * 2)(directory.encode(), None)
    options = Options(size=ctypes.sizeof(Options), name=path.encode(), library_path=directories)
    check(bulkhead.bh_capsule_open(ctypes.byref(options), ctypes.byref(capsule), ctypes.byref(error)), error)
    check(bulkhead.bh_library_open(capsule, path.encode(), os.RTLD_NOW, ctypes.byref(library), ctypes.byref(error)), error)
    return ctypes.CFUNCTYPE(ctypes.c_char_p)(bulkhead.bh_symbol(library, b"greet", None, None))().decode()


print("python3 has SQLite", sqlite3.sqlite_version)
for i in range(2, len(sys.argv), 2):
    print(sys.argv[i], "has SQLite", greet(sys.argv[i], sys.argv[i + 1]))
print("python3 still has SQLite", sqlite3.connect(":memory:").execute("select sqlite_version()").fetchone()[0])
END
# 3.
output=$(/usr/bin/python3 host.py "$installed/lib/libbulkhead.so.0" "$scratch/new/plugin.so" "$tree/usr/lib/x86_64-linux-gnu" \
    "$scratch/old/plugin.so" "$old/usr/lib/x86_64-linux-gnu") || fail "host.py: $?"
echo "$output"
[[ $output == *"new/plugin.so has SQLite ${versions[0]}"*"old/plugin.so has SQLite ${versions[1]}"* ]] || fail "Python: $output"
own=$(/usr/bin/python3 -c 'import sqlite3; print(sqlite3.sqlite_version)')
[[ $output == "python3 has SQLite $own"*"python3 still has SQLite $own" ]] || fail "Python's own: $output"

# Natively the plugin gets the library that the program has.
native=$(/usr/bin/python3 - "$scratch/old/plugin.so" <<'END'
import ctypes
import sqlite3
import sys

greet = ctypes.CDLL(sys.argv[1]).greet
greet.restype = ctypes.c_char_p
print(greet().decode())
END
) || fail "natively: $?"
[[ $native == "$own" ]] || fail "natively the old plugin has SQLite $native, so it needs no help"
