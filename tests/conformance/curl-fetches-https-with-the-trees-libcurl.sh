#!/bin/bash
# curl gets the whole libcurl of another release, whose OpenSSL stays private: it may have another
# SONAME than this system's. Needs a tree with libcurl, which that of tests/real is not; matrix.py gives one.
. "$(dirname "$0")/../real/lib.sh"
need curl openssl /usr/bin/python3
need_fitting "$(command -v curl)" libcurl.so.4
start_https_server

visible="curl_easy_perform curl_version"
hidden="EVP_DigestInit_ex SSL_read nghttp2_version"
libssl=$(find "$tree/usr/lib" -name 'libssl.so.*' ! -type l -printf '%f\n' | sed -n 1p)

output=$(on_tree --expose libcurl.so.4 -- curl --version) || fail "curl --version ended with $?: $output"
head -n1 <<<"$output"
[[ $output == *" libcurl/$(tree_version libcurl4t64 libcurl4) OpenSSL/$(tree_version libssl3t64 libssl3 libssl1.1) "* ]] ||
    fail "that is not the tree's libcurl with the tree's OpenSSL"

output=$(on_tree --expose libcurl.so.4 -- curl -sS --cacert "$scratch/cert.pem" "https://127.0.0.1:$port/") ||
    fail "curl ended with $?: $output"
[[ $output == "answered over TLS" ]] || fail "the server did not answer: $output"
check_segregated curl libcurl.so.4 "$libssl"
