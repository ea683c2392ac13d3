#!/bin/bash
# The Python module's structures lie in memory as the header's, member by member, and its constants are the header's.
# shellcheck source=tests/behaviour/python.bash
. "${0%/*}/python.bash"

cat >layout.py <<'END'
import bulkhead, sys

def offsets(title, structure):
    return [f'printf("{title}.{name} %zu\\n", offsetof({title}, {name}));' for name, _ in structure._fields_]

lines = offsets("bh_capsule_options", bulkhead._Options) + offsets("bh_library_info", bulkhead._Info)
for kind in bulkhead.Code, bulkhead.Role:
    lines += [f'printf("BH_{each.name} %d\\n", BH_{each.name});' for each in kind]
lines += [f'printf("BH_HEAP_{each.name} %d\\n", BH_HEAP_{each.name});' for each in bulkhead.Heap]
lines += [f'printf("{name} %u\\n", {name});' for name in ("BH_CAPSULE_ISOLATED", "BH_CAPSULE_OWN_HEAP", "BH_CAPSULE_STRICT")]
lines += [f'printf("{name} %zu\\n", sizeof({name}));' for name in ("bh_capsule_options", "bh_library_info")]
print("#include <bulkhead/bulkhead.h>", "#include <stdio.h>", "int main(void) {", *lines, "}", sep="\n")
END
cat >here.py <<'END'
import bulkhead, ctypes

for title, structure in ("bh_capsule_options", bulkhead._Options), ("bh_library_info", bulkhead._Info):
    for name, _ in structure._fields_:
        print(f"{title}.{name}", getattr(structure, name).offset)
for kind in bulkhead.Code, bulkhead.Role:
    for each in kind:
        print(f"BH_{each.name}", each.value)
for each in bulkhead.Heap:
    print(f"BH_HEAP_{each.name}", each.value)
print("BH_CAPSULE_ISOLATED", bulkhead._ISOLATED)
print("BH_CAPSULE_OWN_HEAP", bulkhead._OWN_HEAP)
print("BH_CAPSULE_STRICT", bulkhead._STRICT)
print("bh_capsule_options", ctypes.sizeof(bulkhead._Options))
print("bh_library_info", ctypes.sizeof(bulkhead._Info))
END
"$python" layout.py >layout.c
cc -I"$include" -o layout layout.c
expect "$(./layout)" "$python" here.py

# The types are right for those who check them.
if command -v mypy >/dev/null; then
    mypy --strict --cache-dir "$scratch/mypy" "$PYTHONPATH/bulkhead" >said || fail "mypy: $(<said)"
fi
