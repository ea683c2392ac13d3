#!/bin/bash
# Python with this system's libsqlite3, that of one tree and that of an older one in one process: shims of two trees, opened
# by their paths. Each says its own version, and all three write to one database. Then a file for
# --config with two capsules: libz of the old tree, and libarchive with its own libz of the other one.
. "$(dirname "$0")/../lib.sh"
python=/usr/bin/python3
need $python
old=$(HOME=$home_before "$here/trees" bullseye libsqlite3-0 zlib1g) || exit $?
old=$(realpath "$old")

cd "$scratch"
"$bulkhead" shim --tree "$tree" --expose libsqlite3.so.0 -o new-shims --
"$bulkhead" shim --tree "$old" --expose libsqlite3.so.0 -o old-shims --
native=$(ldd "$($python -c 'import _sqlite3; print(_sqlite3.__file__)')" | sed -n 's/.*libsqlite3.so.0 => \(\S*\).*/\1/p')
[[ -n $native ]] || skip "no library: this system's python3 does not need libsqlite3"

output=$($python - new-shims/libsqlite3.so.0 old-shims/libsqlite3.so.0 "$native" <<'PYTHON'
import ctypes, os, sys

ROW = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.c_void_p)
libraries = [ctypes.CDLL(os.path.abspath(path)) for path in sys.argv[1:]]
rows = []
remember = ROW(lambda data, columns, values, names: rows.append(values[0].decode()) or 0)


def run(library, sql, each=None):
    database, error = ctypes.c_void_p(), ctypes.c_char_p()
    assert library.sqlite3_open(b"rows.db", ctypes.byref(database)) == 0
    assert library.sqlite3_exec(database, sql, each, None, ctypes.byref(error)) == 0, error.value
    assert library.sqlite3_close(database) == 0


run(libraries[0], b"create table t(version)")
for library in libraries:
    library.sqlite3_libversion.restype = ctypes.c_char_p
    run(library, b"insert into t values (sqlite_version())")
for library in libraries:
    rows.clear()
    run(library, b"select group_concat(version) from t", remember)
    print(library.sqlite3_libversion().decode(), "reads", rows[0])
for line in sorted({line.split()[-1] for line in open("/proc/self/maps") if "libsqlite3.so" in line}):
    print("map", line)
PYTHON
) || fail "python3 ended with $?: $output"
echo "$output"
versions=("$(tree_version libsqlite3-0)" "$(sed -n 's/^libsqlite3-0 \(.*\)-[^-]*$/\1/p' "$old.packages")"
    "$(dpkg-query -W -f '${Version}' libsqlite3-0 | sed 's/-[^-]*$//')")
for version in "${versions[@]}"; do
    grep -qxF "$version reads ${versions[0]},${versions[1]},${versions[2]}" <<<"$output" || fail "$version does not read all"
done
for file in "$(file_in "$tree" libsqlite3.so.0)" "$(file_in "$old" libsqlite3.so.0)" "$(realpath "$native")"; do
    grep -qxF "map $file" <<<"$output" || fail "$file is not mapped"
done

libarchive=$(basename "$(find "$tree/usr/lib" -name 'libarchive.so.[0-9]*' -type l -print -quit)")
cat >capsules.toml <<CONFIG
[capsule.old]
tree = "$old"
expose = ["libz.so.1"]
[capsule.new]
tree = "$tree"
expose = ["$libarchive"]
# Both python3 and libarchive use libz. It would be shared, and what python3 gets is the other capsule's.
private = ["libz.so.1"]
CONFIG
rm -rf seen
mkdir seen
output=$(BASEMAPS_DIR=$scratch/seen LD_PRELOAD=$basemaps "$bulkhead" run --config capsules.toml -- \
    $python - "$libarchive" <<'PYTHON'
import ctypes, sys, zlib
libz, archive = ctypes.CDLL("libz.so.1"), ctypes.CDLL(sys.argv[1])
libz.zlibVersion.restype = ctypes.c_char_p
for name in "archive_write_new", "archive_entry_new":
    getattr(archive, name).restype = ctypes.c_void_p
text, packed, used = bytes(range(256)) * 400, ctypes.create_string_buffer(1 << 20), ctypes.c_size_t()
writer, entry = ctypes.c_void_p(archive.archive_write_new()), ctypes.c_void_p(archive.archive_entry_new())
assert archive.archive_write_add_filter_gzip(writer) == 0 and archive.archive_write_set_format_raw(writer) == 0
assert archive.archive_write_open_memory(writer, packed, ctypes.c_size_t(len(packed)), ctypes.byref(used)) == 0
archive.archive_entry_set_filetype(entry, 0o100000)
assert archive.archive_write_header(writer, entry) == 0
assert archive.archive_write_data(writer, text, ctypes.c_size_t(len(text))) == len(text)
assert archive.archive_write_close(writer) == 0
# What the one library packed the other one unpacks.
assert zlib.decompress(packed.raw[:used.value], wbits=31) == text
print("zlib", libz.zlibVersion().decode(), zlib.ZLIB_RUNTIME_VERSION, "packed", used.value)
for line in sorted({line.split()[-1] for line in open("/proc/self/maps") if "/libz.so" in line}):
    print("map", line)
PYTHON
) || fail "python3 with two capsules ended with $?: $output"
echo "$output"
old_libz=$(file_in "$old" libz.so.1)
[[ $output == "zlib ${old_libz##*.so.} ${old_libz##*.so.} packed "* ]] || fail "the program's zlib is not the old tree's"
for file in "$(file_in "$tree" libz.so.1)" "$old_libz"; do
    grep -qxF "map $file" <<<"$output" || fail "$file is not mapped"
done
check_segregated python3 "$libarchive"
