#!/bin/bash
# curl's libcurl needs libssl and libcrypto, gets those of another release, and
# talks with a server that runs on this system's own.
. "$(dirname "$0")/lib.sh"
need curl openssl /usr/bin/python3
program=$(command -v curl)
libssl=$(name_wanted "$program" libssl)
libcrypto=$(name_wanted "$program" libcrypto)
need_fitting "$program" "$libssl" "$libcrypto"
start_https_server

visible="SSL_read EVP_DigestInit_ex"
expected=OpenSSL/$(tree_version libssl3t64 libssl3 libssl1.1)

expose=(--expose "$libssl" --expose "$libcrypto")
output=$(on_tree "${expose[@]}" -- curl --version) || fail "curl --version ended with $?: $output"
head -n1 <<<"$output"
[[ $output == *" $expected "* ]] || fail "expected $expected"

output=$(on_tree "${expose[@]}" -- curl -sS --cacert "$scratch/cert.pem" "https://127.0.0.1:$port/") ||
    fail "curl ended with $?: $output"
[[ $output == "answered over TLS" ]] || fail "the server did not answer: $output"
check_segregated curl "$libssl" "$libcrypto"
