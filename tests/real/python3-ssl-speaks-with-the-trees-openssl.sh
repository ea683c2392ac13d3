#!/bin/bash
# Python's ssl module, opened when it is imported, gets libssl and libcrypto of
# another release, and talks with a server that runs on this system's own.
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
need $python openssl
module=$($python -c 'import _ssl; print(_ssl.__file__)')
libssl=$(name_wanted "$module" libssl)
libcrypto=$(name_wanted "$module" libcrypto)
need_fitting "$module" "$libssl" "$libcrypto"
start_https_server

expected="OpenSSL $(tree_version libssl3t64 libssl3 libssl1.1)"
# libcrypto's own need since trixie, and none of Python's. PyErr_Occurred proves that the search works.
private=ZSTD_compress

output=$(on_tree --expose "$libssl" --expose "$libcrypto" -- $python -c '
import ctypes, ssl, sys, urllib.request
print(ssl.OPENSSL_VERSION)
context = ssl.create_default_context(cafile=sys.argv[2])
print(urllib.request.urlopen(sys.argv[1], context=context).read().decode(), end="")
process = ctypes.CDLL(None)
process.PyErr_Occurred
print("visible:", *[name for name in sys.argv[3:] if hasattr(process, name)])
' "https://127.0.0.1:$port/" "$scratch/cert.pem" "$private") || fail "python3 ended with $?: $output"
echo "$output"
[[ $output == "$expected "* ]] || fail "expected $expected"
[[ $output == *$'\nanswered over TLS\n'* ]] || fail "the server did not answer"
[[ $output == *$'\nvisible:' ]] || fail "private symbols of the tree can be found in the program"
check_segregated python3 "$libssl" "$libcrypto"
