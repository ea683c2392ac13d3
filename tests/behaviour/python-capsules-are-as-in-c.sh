#!/bin/bash
# The Python module: two releases of a library in one process, callbacks, variables, errors as exceptions, what is loaded where.
# shellcheck source=tests/behaviour/python.bash
. "${0%/*}/python.bash"

for release in 1 2; do
    mkdir -p "$tree/opt/$release"
    at=$tree/opt/$release library libdep.so.1 -Wl,-soname,libdep.so.1 <<END
int release = $release;
int of_dep(void) { return release; }
END
done
at=$tree/opt library libthing.so.1 "$tree/opt/1/libdep.so.1" <<'END'
int of_dep(void);
int thing(void) { return 10 * of_dep(); }
int call(int (*function)(int), int value) { return function(value) + of_dep(); }
END

cat >program.py <<'END'
import bulkhead, ctypes, os, sys

tree = sys.argv[1]
things = []
for release in "1", "2":
    capsule = bulkhead.Capsule(tree, release, library_path=["/opt", f"/opt/{release}"])
    things.append(capsule.open("libthing.so.1"))
print(*[thing.thing() for thing in things])

callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda value: value * 100)
print(*[thing.call(callback, 3) for thing in things])

with capsule.open("libdep.so.1") as dep:
    ctypes.c_int.in_dll(dep, "release").value = 7
    print(things[0].thing(), things[1].thing(), ctypes.c_int.from_address(dep.symbol("release")).value)

roles = {each.name: each.role.name for each in capsule.libraries()}
print(roles["libthing.so.1"], roles["libc.so.6"], capsule.name, capsule.tree == tree)
address = ctypes.cast(things[1].thing, ctypes.c_void_p).value
print([each.name for each in capsule.libraries() if each.begin <= address < each.end])

def told(attempt):
    try:
        print("no error", attempt())
    except bulkhead.Error as error:
        print(error.code.name, error.errno, str(error).split(":")[0].replace(tree, "TREE"))
    except (TypeError, ValueError) as error:
        print(type(error).__name__)

told(lambda: bulkhead.Capsule(tree + "/nothing"))
told(lambda: capsule.open("libnothing.so.1"))
told(lambda: things[0].symbol("nothing"))
told(lambda: bulkhead.Capsule(tree, share="libdep.so.1"))
told(lambda: bulkhead.Capsule(tree, "null\0byte"))
told(lambda: bulkhead.Capsule("relative"))
told(lambda: bulkhead.Capsule.from_config("nowhere.toml"))
told(lambda: things[0].symbol("thing\0x"))
again = capsule.open("libdep.so.1")
function = again.of_dep
again.close()
again.close()
told(lambda: again.symbol("release"))
told(lambda: again.of_dep)
told(lambda: again["of_dep"])
told(lambda: ctypes.c_int.in_dll(again, "release"))
capsule.close()
told(lambda: capsule.open("libdep.so.1"))
print(capsule, things[1].thing())
print(bulkhead.owner(ctypes.addressof(ctypes.create_string_buffer(100000))).name in ("BASE", "NONE"), ".".join(map(str, bulkhead.version())))
END
expect "10 20
301 302
10 70 7
PRIVATE SHARED 2 True
['libthing.so.1']
MISSING 2 TREE/nothing
MISSING None libnothing.so.1
MISSING None nothing
TypeError
ValueError
ARGUMENT None bh_capsule_open
SYSTEM None nowhere.toml
ValueError
ValueError
ValueError
ValueError
TypeError
ValueError
<bulkhead.Capsule, closed> 70
True $(sed -n 's/^project(bulkhead VERSION \([0-9.]*\).*/\1/p' "$here/../../CMakeLists.txt")" "$python" program.py "$tree"
