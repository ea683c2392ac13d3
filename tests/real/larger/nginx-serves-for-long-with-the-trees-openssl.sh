#!/bin/bash
# nginx answers a thousand TLS connections with the libssl of another release, and neither its memory nor its
# descriptors nor its mappings grow after the first hundred. REQUESTS=10000 has it answer as many.
. "$(dirname "$0")/../lib.sh"
need openssl /usr/bin/python3
# Installing nginx would start it, so it is only unpacked, and uses this system's libraries.
program=$(command -v nginx) || {
    # shellcheck disable=SC1091
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    unpacked=$(HOME=$home_before "$here/trees" "$codename" nginx) || exit $?
    program=$unpacked/usr/sbin/nginx
}
libssl=$(name_wanted "$program" libssl)
libcrypto=$(name_wanted "$program" libcrypto)
need_fitting "$program" "$libssl" "$libcrypto"
requests=${REQUESTS:-1000}

cd "$scratch"
chmod 755 .
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>openssl.log || fail "$(<openssl.log)"
mkdir www
seq 2000 >www/page
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >nginx.conf <<END_OF_FILE
daemon off;
user root;
worker_processes 1;
pid $scratch/nginx.pid;
error_log $scratch/error.log;
# For the observer: nginx forgets its environment else.
env BASEMAPS_DIR;
env BASEMAPS_SYMBOLS;
events {}
http {
    access_log off;
    client_body_temp_path $scratch/body; proxy_temp_path $scratch/proxy; fastcgi_temp_path $scratch/fastcgi;
    uwsgi_temp_path $scratch/uwsgi; scgi_temp_path $scratch/scgi;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $scratch/cert.pem;
        ssl_certificate_key $scratch/key.pem;
        root $scratch/www;
    }
}
END_OF_FILE

visible="SSL_read EVP_DigestInit_ex"
under="exec" # so that the pid is nginx's
on_tree --expose "$libssl" --expose "$libcrypto" -- \
    "$program" -e "$scratch/error.log" -c "$scratch/nginx.conf" >nginx.log 2>&1 &
master=$!
children+=("$master")
worker=
for ((tries = 0; tries < 100; tries++)); do
    kill -0 "$master" 2>/dev/null || fail "nginx did not start: $(cat nginx.log error.log)"
    worker=$(xargs <"/proc/$master/task/$master/children")
    [[ -z $worker || ! -s nginx.pid ]] || break
    sleep 0.1
done
[[ -n $worker ]] || fail "nginx has no worker: $(cat nginx.log error.log)"

# Of the process that answers: memory in KiB (what it has of its own; pages of files come and go), descriptors, mappings.
measure() {
    local own descriptors mappings
    own=$(sed -n 's/^RssAnon:\s*\([0-9]*\) kB/\1/p' "/proc/$worker/status")
    descriptors=$(find "/proc/$worker/fd" -mindepth 1 | wc -l)
    mappings=$(wc -l <"/proc/$worker/maps")
    echo "$own $descriptors $mappings"
}

ask() { # REQUESTS
    /usr/bin/python3 "$here/larger/https_client.py" "$port" cert.pem "$1" "$(sha256sum <www/page | cut -d' ' -f1)" ||
        fail "a request failed; $(cat error.log)"
}

ask $((requests / 10))
read -r own descriptors mappings < <(measure)
started=$SECONDS
ask $((requests - requests / 10))
read -r own_after descriptors_after mappings_after < <(measure)
echo "$((requests - requests / 10)) requests in $((SECONDS - started)) s: own memory $own KiB, then $own_after KiB;" \
    "descriptors $descriptors, then $descriptors_after; mappings $mappings, then $mappings_after"
[[ $(xargs <"/proc/$master/task/$master/children") == "$worker" ]] || fail "the worker is another one: $(cat error.log)"
kill -QUIT "$master"
wait "$master" || fail "nginx ended with $?: $(cat error.log)"
check_segregated nginx "$libssl" "$libcrypto"

# A block of 64 bytes lost for each connection would be 58 KiB here, and 563 KiB with 10,000.
((own_after - own <= 50)) || fail "memory grows"
((descriptors_after == descriptors)) || fail "descriptors stay open"
((mappings_after == mappings)) || fail "mappings stay"
