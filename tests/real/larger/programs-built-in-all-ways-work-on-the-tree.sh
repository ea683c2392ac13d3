#!/bin/bash
# Programs of ours (builds/zlib.c, builds/sqlite.c, builds/openssl.c, builds/gl.c), each with a library of its own
# that uses the same one: position independent or not, bound lazily or at once, with that library found by DT_RPATH or
# by DT_RUNPATH.
. "$(dirname "$0")/../lib.sh"
need cc openssl /usr/bin/python3 readelf
start_x
start_https_server
export PORT=$port
cd "$scratch"

build() { # SOURCE PIE BINDING PATH LIBRARY…
    local source=$here/larger/builds/$1.c binding=-Wl,-z,$3 strict=(-O1 -Wall -Wextra -Werror) tags library
    case $4 in rpath) tags=--disable-new-dtags ;; runpath) tags=--enable-new-dtags ;; esac
    rm -rf own program
    mkdir own
    cc "${strict[@]}" -shared -fPIC "$binding" -DWORK=own_work -DADDRESS=own_address -o own/libown.so "$source" "${@:5}"
    cc "${strict[@]}" "-f$2" "-$2" "$binding" "-Wl,$tags,-rpath,$scratch/own" -DWORK=main_work -DADDRESS=main_address \
        -o program "$here/larger/builds/main.c" "$source" own/libown.so "${@:5}"
    # LD_LIBRARY_PATH comes before DT_RUNPATH, so there this system's copies may lie there, too.
    for library in "${@:5}"; do
        [[ $4 == rpath ]] || ln -s "$(realpath "/usr/lib/$(cc -print-multiarch)/${library#-l:}")" "own/${library#-l:}"
    done
    # What was asked for is what was made.
    local kind=EXEC when=lazy made
    [[ $2 == no-pie ]] || kind=DYN
    made=$(readelf -hdW program)
    [[ $made != *FLAGS*NOW* ]] || when=now
    [[ $made =~ Type:\ *$kind && $made == *"(${4^^})"* && $when == "$3" ]] || fail "cannot make $1 as $2 $3 $4"
}

# The program and its own library both print EXPECTED, a pattern. LIBRARY: one to expose, or libX11.so.6.
check() { # SOURCE EXPECTED LIBRARY…
    local exposed=() options=() linked=("${@:3}") output pie binding path
    linked=("${linked[@]/#/-l:}")
    mapfile -t exposed < <(printf '%s\n' "${@:3}" | grep -v '^libX11')
    mapfile -t options < <(printf -- '--expose=%s\n' "${exposed[@]}")
    for pie in pie no-pie; do
        for binding in lazy now; do
            for path in rpath runpath; do
                build "$1" $pie $binding $path "${linked[@]}"
                output=$(on_tree "${options[@]}" -- ./program) || fail "$1 $pie $binding $path: ended with $?: $output"
                # shellcheck disable=SC2053 # a pattern
                [[ $output == $2$'\n'$2$'\n'"one address for each function" ]] ||
                    fail "$1 $pie $binding $path: expected twice $2, got $output"
                check_segregated program "${exposed[@]}"
            done
        done
    done
    echo "8 builds: ${output%%$'\n'*}"
}

libz=$(file_in "$tree" libz.so.1)
# Not the functions of which a program takes the address: that is one in itself, if it is not position independent.
visible="deflate uncompress"
check zlib "zlib ${libz##*.so.}: 0, the same, f5d25b42" libz.so.1
visible="sqlite3_open sqlite3_step"
check sqlite "sqlite $(tree_version libsqlite3-0): 1 column, 84" libsqlite3.so.0
visible="glXCreatePbuffer glClear" hidden="LLVMContextCreate deflate XML_ParserCreate"
check gl "* Mesa $(tree_version libgl1-mesa-dri)*: outside 0 0 255, inside 255 12[78] 0" libGL.so.1 libX11.so.6
visible="SSL_read EVP_Digest" hidden=
check openssl "OpenSSL $(tree_version libssl3t64 libssl3) *: 32 bytes, ba7816bf…
verified: answered over TLS" libssl.so.3 libcrypto.so.3
