#!/bin/bash
# A portable bundle, as AppImages are: a static runtime that starts AppRun, which puts the bundle's own, older libraries before the
# user's. The driver has to be the user's, whose LLVM needs a newer libstdc++ than the bundle has. The user has the release that the
# test is called with, the bundle is bullseye's.
. "$(dirname "$0")/roles.bash"
need_containers
start_x

parts=$(root_of bullseye mesa-utils) || exit $?
users=$(root_of "$1" libgl1 libgl1-mesa-dri libglx-mesa0 mesa-utils) || exit $?
bundle=$scratch/bundle
mkdir -p "$bundle/usr/bin" "$bundle/usr/lib"
cp "$(realpath "$parts/usr/bin/glxgears")" "$bundle/usr/bin/glxgears"
# All but glibc and libGL, which the usual tools leave out.
for library in libX11.so.6 libxcb.so.1 libXau.so.6 libXdmcp.so.6 libbsd.so.0 libmd.so.0 libXext.so.6 libGLEW.so.2.1 libGLU.so.1 libstdc++.so.6 libgcc_s.so.1 libz.so.1; do
    cp "$(file_in "$parts" "$library")" "$bundle/usr/lib/$library"
done
cc -static -x c - -o "$bundle/Gears.AppImage" <<'END' || skip "there is no static libc"
#include <unistd.h>
int main(int count, char **arguments) { return execv("/opt/bundle/AppRun", arguments); }
END
cat >"$bundle/AppRun" <<'END'
#!/bin/sh
LD_LIBRARY_PATH=/opt/bundle/usr/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec /opt/bundle/usr/bin/glxgears "$@"
END
chmod +x "$bundle/AppRun"

at_the_users=("$users" --bind "$bundle" /opt/bundle)
# As it is: the driver does not find its libstdc++ in the bundle's.
! container "${at_the_users[@]}" -- /opt/bundle/Gears.AppImage -info >"$scratch/native" 2>&1 || fail "it needs no help: $(<"$scratch/native")"
grep -qE "couldn.t get an RGB|GLIBCXX|glXCreateContext failed" "$scratch/native" || fail "natively: $(<"$scratch/native")"

expected=$(sed -n "s/^libgl1-mesa-dri \(.*\)-[^-]*$/\1/p" "$users.packages")
# The packager's part.
# 1. bulkhead goes into the bundle,
cp -a "$installed" "$bundle/bulkhead"
# 2. and AppRun starts the program with it. Where it cannot work the bundle starts as before.
cat >"$bundle/AppRun" <<'END'
#!/bin/sh
export LD_LIBRARY_PATH=/opt/bundle/usr/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
exec /opt/bundle/bulkhead/bin/bulkhead run --on-failure native /opt/bundle/usr/bin/glxgears "$@"
END
# 3. The user starts it.
draws_gears "$expected" container "${at_the_users[@]}" -- /opt/bundle/Gears.AppImage -info
said=$(grep '^bulkhead: ' "$scratch/output") || fail "nothing was said"
[[ $said == "bulkhead: /opt/bundle/usr/bin/glxgears starts with --tree / (it brings a lib"*" of its own, /opt/bundle/usr/lib/"*") --profile gl "* &&
    $(wc -l <<<"$said") == 1 ]] || fail "said $said"

# The user's part, where the packager did nothing: AppRun puts its directory first, in which there is no shim.
cat >"$bundle/AppRun" <<'END'
#!/bin/sh
LD_LIBRARY_PATH=/opt/bundle/usr/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec /opt/bundle/usr/bin/glxgears "$@"
END
# 4. The runtime is static, so it is told that what it starts gets the driver.
draws_gears "$expected" container "${at_the_users[@]}" -- bulkhead run --tree / /opt/bundle/Gears.AppImage -info
grep -q 'Gears.AppImage is statically linked and gets nothing itself' "$scratch/output" || fail "said $(<"$scratch/output")"
