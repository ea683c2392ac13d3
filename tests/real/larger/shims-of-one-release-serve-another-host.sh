#!/bin/bash
# Shims that were made from one release's tree, for /run/host, run with another release there: programs get that one's Mesa, Vulkan
# drivers, OpenSSL and zlib, as by "bulkhead run" with it.
. "$(dirname "$0")/../lib.sh"
need glxinfo vulkaninfo curl
start_x
unshare -Urm true 2>/dev/null || skip "no mount namespace can be made here"

# $1: the release that is there when programs run.
made_from=$([[ $1 == trixie ]] && echo bookworm || echo trixie)
other=$("$here/trees" "$made_from") || exit $?
libraries=(--profile gl --expose "libz.so.1,libssl.so.3,libcrypto.so.3")
"$bulkhead" shim --tree "$other" "${libraries[@]}" --relocatable-tree /run/host -o "$scratch/shims" || fail "shim: $?"

in_container() {
    mount -t tmpfs none /run
    mkdir /run/host
    mount --bind "$tree" /run/host
    LD_LIBRARY_PATH=$scratch/shims exec "$@"
}
export -f in_container
export scratch tree
steady() { grep -v ' memory' <<<"$1"; }
check() { # COMMAND…
    local natively came
    natively=$("$bulkhead" run --tree "$tree" "${libraries[@]}" -- "$@" 2>/dev/null) || fail "run $*: $?"
    came=$(unshare -Urm bash -euc 'in_container "$@"' bash "$@") || fail "$* with the shims of $made_from: $?"
    [[ $(steady "$came") == "$(steady "$natively")" ]] ||
        fail "$* with the shims of $made_from differs: $(diff <(steady "$natively") <(steady "$came"))"
}
check glxinfo -B
check vulkaninfo --summary
check curl -V
check python3 -c 'import ssl, zlib; print(ssl.OPENSSL_VERSION, zlib.ZLIB_RUNTIME_VERSION, zlib.decompress(zlib.compress(b"bytes")))'
output=$(unshare -Urm bash -euc 'in_container "$@"' bash glxinfo -B)
[[ $output == *"Mesa $(tree_version libgl1-mesa-dri)"* ]] || fail "not the Mesa of $1: $output"
output=$(unshare -Urm bash -euc 'in_container "$@"' bash python3 -c 'import zlib; print(any("/run/host/" in line and "/libz.so" in line for line in open("/proc/self/maps")))')
[[ $output == True ]] || fail "the libz that is loaded is not the one below /run/host"
