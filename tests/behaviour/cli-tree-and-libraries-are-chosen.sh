#!/bin/bash
# Without --tree and --expose, run takes the tree that BULKHEAD_TREE names, or /run/host, or this system for a program that brings
# libraries of its own; and exposes the profile that the program's needs, or its notes of what it opens, are of, and what
# this system lacks. One line says what was chosen.
. "${0%/*}/lib.sh"

library libGL.so.1 <<<'int gl(void) { return 7; }'
library libvulkan.so.1 <<<'int vulkan(void) { return 8; }'
library libabsent.so.1 <<<'int absent(void) { return 9; }'
at=$host library libGL.so.1 <<<'int gl(void) { return 1; }'
at=$host library libuser.so.1 "$host/libGL.so.1" "-Wl,-rpath,$host" <<<'int gl(void); int user(void) { return gl(); }'
program needs "$host/libGL.so.1" "-Wl,-rpath,$host" <<<'int gl(void); int main(void) { return gl(); }'
program needs-behind "$host/libuser.so.1" "-Wl,-rpath,$host" <<<'int user(void); int main(void) { return user(); }'
program lacks "$libs/libabsent.so.1" <<<'int absent(void); int main(void) { return absent(); }'
program nothing <<<'int main(void) { return 0; }'
# As the FDO packaging metadata have it; two notes, of which one is no JSON.
cat >note.s <<'END'
    .section .note.dlopen, "a"
    .balign 4
    .long 4, 1f - 0f, 0x407c0c0a
    .asciz "FDO"
0:  .asciz "neither this"
1:  .balign 4
    .long 4, 3f - 2f, 0x407c0c0a
    .asciz "FDO"
2:  .asciz "[{\"feature\":\"v\",\"priority\":\"suggested\",\"soname\":[\"libnone.so.1\",\"libvulkan.so.1\"]}]"
3:  .balign 4
    .section .note.GNU-stack, ""
END
as note.s -o note.o
program opens note.o -ldl <<'END'
#include <dlfcn.h>
int main(void) {
  void *library = dlopen("libvulkan.so.1", RTLD_NOW);
  return library ? ((int (*)(void))dlsym(library, "vulkan"))() : 2;
}
END

chosen() { # STATUS PATTERN COMMAND…
    local status=0
    "${@:3}" 2>said.txt || status=$?
    [[ $status == "$1" ]] || fail "exit $status instead of $1 of: ${*:3}; $(<said.txt)"
    [[ $(wc -l <said.txt) == 1 ]] || fail "not one line: $(<said.txt)"
    grep -Eq -- "$2" said.txt || fail "no '$2' in: $(<said.txt)"
}

export BULKHEAD_TREE=$tree
chosen 7 "needs starts with --tree $tree \(BULKHEAD_TREE names it\) --profile gl \(for libGL.so.1\)" "$bulkhead" run ./needs
chosen 7 "needs-behind starts with .*--profile gl \(for libGL.so.1\)" "$bulkhead" run ./needs-behind
chosen 8 '--profile vulkan \(for libvulkan.so.1\)' "$bulkhead" run ./opens
chosen 9 '--expose libabsent.so.1 \(which this system has not\)' "$bulkhead" run ./lacks
# What is said is not chosen.
[[ $("$bulkhead" run --expose libvulkan.so.1 -- ./opens 2>&1 || echo $?) == *"BULKHEAD_TREE names it)"*8 ]] || fail "--expose alone"
unset BULKHEAD_TREE
chosen 7 "needs starts with --tree $tree --profile gl" "$bulkhead" run -t "$tree" ./needs
[[ $("$bulkhead" run -t "$tree" -e libGL.so.1 ./needs 2>&1 || echo $?) == 7 ]] || fail "something was chosen, or said"
BULKHEAD_TREE=$tree "$bulkhead" explain ./needs >plan.txt 2>said.txt || fail "explain: $(<said.txt)"
grep -q '^libGL.so.1 *exposed' plan.txt || fail "$(<plan.txt)"
grep -q 'needs would start with .*profile gl' said.txt || fail "explain says nothing of what was chosen"
BULKHEAD_TREE=$tree "$bulkhead" shim -e libGL.so.1 -o shims
[[ -e shims/libGL.so.1 ]] || fail "no shim of BULKHEAD_TREE's"

# A program that brings what this system has, too: that system's library, in place of its own.
mkdir bundle
cp "$(gcc -print-file-name=libgcc_s.so.1)" bundle/libgcc_s.so.1
program brings -Wl,--no-as-needed "$PWD/bundle/libgcc_s.so.1" "-Wl,-rpath,$PWD/bundle" <<<'int system(const char *); int main(int count) { return count > 1 ? system("") : 0; }'
chosen 0 "brings starts with --tree / \(it brings a libgcc_s.so.1 of its own, $PWD/bundle/libgcc_s.so.1\)" \
    "$bulkhead" run -e libz.so.1 ./brings

# Nothing follows from the program, which may open or start what does: the usual profile.
program script-starts "$host/libGL.so.1" "-Wl,-rpath,$host" <<<'int gl(void); int main(void) { return gl(); }'
printf '#!/bin/sh\nexec ./script-starts\n' >script
chmod +x script
chosen 7 'script starts with .*--profile gl \(it needs no library of a profile, and may open these' "$bulkhead" run -t "$tree" ./script
chosen 0 'nothing starts with .*--profile gl \(it needs no library of a profile, and may open these' "$bulkhead" run -t "$tree" ./nothing

# Nothing to choose: what to say is told.
mkdir -p other/usr/lib
cp "$libs/libabsent.so.1" other/usr/lib
refuses 'there is no tree .*--tree.*BULKHEAD_TREE.*bulkhead help tree' -- "$bulkhead" run ./nothing
mkdir -p "$HOME/.local/share/bulkhead/trees/trixie/tree"
refuses 'there is no tree .*--tree one of those .*\(trixie\), or a directory' -- env -u XDG_DATA_HOME "$bulkhead" run ./nothing
rm -r "$HOME/.local"
refuses '/nowhere: there is no such tree' -- "$bulkhead" run --tree /nowhere ./needs
! grep -q 'starts with' stderr || fail "a tree that is not there is said to be used: $(<stderr)"
refuses '^bulkhead: --tree is required; name a directory .*, or a tree that bulkhead tree add has made$' -- "$bulkhead" capture --expose libGL.so.1 -o copy
refuses 'needs no library of a profile \(gl, .*vulkan\).*--expose.*--profile' -- "$bulkhead" run --tree other ./nothing
chosen 0 "nothing starts with this system's own libraries: .*no library of a profile" "$bulkhead" run --tree other --on-failure native ./nothing

# In a container, whose host is below /run/host.
unshare -Urm true 2>/dev/null || { echo "no mount namespace can be made here"; exit 0; }
cp "$(ldd /bin/sh | sed -n 's/.*libc\.so\.6 => \([^ ]*\).*/\1/p')" "$libs/libc.so.6"
inside() {
    mount -t tmpfs none /run
    mkdir -p /run/host
    status=0
    "$bulkhead" run ./nothing 2>said.txt || status=$?
    [[ $status == 125 ]] && grep -q 'there is no tree' said.txt || { echo "an empty /run/host: $status $(<said.txt)"; exit 1; }
    mount --bind "$tree" /run/host
    status=0
    "$bulkhead" run ./needs 2>said.txt || status=$?
    [[ $status == 7 ]] && grep -q -- '--tree /run/host (it is there) --profile gl' said.txt || { echo "$status $(<said.txt)"; exit 1; }
}
export -f inside
export bulkhead tree
unshare -Urm bash -euc inside || fail "/run/host"
