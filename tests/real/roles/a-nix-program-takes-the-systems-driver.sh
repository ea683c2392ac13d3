#!/bin/bash
# A program of Nix's on another distribution: an interpreter elsewhere, which knows no directory of the system, libraries by RUNPATH,
# and a libGL that finds no driver. Nix is simulated: bookworm's program and libraries in /nix/store, and a dynamic linker of which the
# directories were changed. The system is the release that the test is called with.
. "$(dirname "$0")/roles.bash"
need_containers
need patchelf
start_x

parts=$(root_of bookworm mesa-utils) || exit $?
system=$(root_of "$1" libgl1 libgl1-mesa-dri libglx-mesa0 mesa-utils) || exit $?
glibc=$scratch/nix/store/glibc6/lib
libraries=$scratch/nix/store/libs00/lib
programs=$scratch/nix/store/mesa-utils/bin
mkdir -p "$glibc" "$libraries" "$programs"
# Names of the same length; the directory of its own glibc is the first.
python3 - "$parts/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$glibc/ld-linux-x86-64.so.2" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
for old, new in ((b"\0/lib/x86_64-linux-gnu/\0", b"\0/nix/store/glibc6/lib/\0"),
                 (b"\0/usr/lib/x86_64-linux-gnu/\0", b"\0/nix/nowhere/x86_64-linux/\0"),
                 (b"\0/lib/\0", b"\0/nix/\0"), (b"\0/usr/lib/\0", b"\0/nix/usr/\0"),
                 (b"/etc/ld.so.cache\0", b"/nix/ld.so.cache\0")):
    assert len(old) == len(new) and old in data, old
    data = data.replace(old, new)
open(sys.argv[2], "wb").write(data)
END
chmod +x "$glibc/ld-linux-x86-64.so.2"
for library in libc.so.6 libm.so.6 libpthread.so.0 libdl.so.2 librt.so.1; do
    cp "$(file_in "$parts" "$library")" "$glibc/$library"
done
for library in libGL.so.1 libGLX.so.0 libGLdispatch.so.0 libX11.so.6 libxcb.so.1 libXau.so.6 libXdmcp.so.6 libbsd.so.0 libmd.so.0 libXext.so.6; do
    cp "$(file_in "$parts" "$library")" "$libraries/$library"
    patchelf --set-rpath /nix/store/libs00/lib:/nix/store/glibc6/lib "$libraries/$library"
done
cp "$(realpath "$parts/usr/bin/glxgears")" "$programs/glxgears"
patchelf --set-interpreter /nix/store/glibc6/lib/ld-linux-x86-64.so.2 --set-rpath /nix/store/libs00/lib:/nix/store/glibc6/lib "$programs/glxgears"

with_nix=("$system" --ro-bind "$scratch/nix" /nix)
# Natively it runs, and finds no driver.
! container "${with_nix[@]}" -- /nix/store/mesa-utils/bin/glxgears -info >"$scratch/native" 2>&1 || fail "it needs no help: $(<"$scratch/native")"
grep -q "couldn't get an RGB" "$scratch/native" || fail "natively: $(<"$scratch/native")"

expected=$(sed -n "s/^libgl1-mesa-dri \(.*\)-[^-]*$/\1/p" "$system.packages")
# 1. The system is the tree, since the program is none of it.
draws_gears "$expected" container "${with_nix[@]}" -- bulkhead run /nix/store/mesa-utils/bin/glxgears -info
said=$(grep '^bulkhead: ' "$scratch/output") || fail "nothing was said"
[[ $said == "bulkhead: "*"glxgears starts with --tree / (it brings its own dynamic linker, /nix/store/glibc6/lib/ld-linux-x86-64.so.2) --profile gl "* &&
    $(wc -l <<<"$said") == 1 ]] || fail "said $said"
# 2. By its dynamic linker, as wrappers call it.
draws_gears "$expected" container "${with_nix[@]}" -- bulkhead run /nix/store/glibc6/lib/ld-linux-x86-64.so.2 \
    --library-path /nix/store/libs00/lib /nix/store/mesa-utils/bin/glxgears -info
# 3. What would be done: its libc and its libX11 are shared, Mesa and LLVM are the system's.
container "${with_nix[@]}" -- bulkhead explain -- /nix/store/mesa-utils/bin/glxgears >"$scratch/plan" 2>&1 || fail "explain: $(<"$scratch/plan")"
grep -qE "^libc.so.6 +shared +/nix/store/glibc6/lib/libc.so.6" "$scratch/plan" || fail "another libc: $(<"$scratch/plan")"
grep -qE "^libX11.so.6 +shared +/nix/store/libs00/lib/libX11.so.6" "$scratch/plan" || fail "another libX11: $(<"$scratch/plan")"
grep -qE "^libLLVM[^ ]* +private +/" "$scratch/plan" || fail "no LLVM: $(<"$scratch/plan")"
