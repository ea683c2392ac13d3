#!/bin/bash
# The commented example of a file for --config, with its trees moved here.
. "$(dirname "$0")/cli.bash"
example=$(dirname "$0")/../../examples/capsule.toml
[[ $example == /* ]] || example=$OLDPWD/$example
# What is shared must be on this system.
sed "s,/run/host,$PWD/tree,; s,/opt/games,$PWD/games,; s/libX11.so.6/libgcc_s.so.1/" "$example" >capsule.toml
for name in libGL.so.1 libva.so.2 libasound.so.2; do library "$name"; done
mkdir -p trees games && cp -r tree trees/newer
for name in libssl.so.3 libcrypto.so.3; do library "$name" && mv "tree/usr/lib/$name" trees/newer/usr/lib; done
for name in glxinfo64 games/game xterm; do cp program "$name"; done
plan() {
    "$bulkhead" explain --config capsule.toml --json -- "$1" | python3 -c '
import json, sys
for c in json.load(sys.stdin)["capsules"]:
    exposed = sorted(l["name"] for l in c["libraries"] if l["role"] == "exposed")
    print(c["capsule"], c["on_failure"], c["inherit"], *exposed)'
}
expect() { [[ $2 == "$1" ]] || fail "expected: $1; it is: $2"; }
graphics="True libGL.so.1 libva.so.2"
expect "graphics native $graphics"$'\n'"tls native True libcrypto.so.3 libssl.so.3" "$(plan ./program)"
expect "graphics native $graphics" "$(plan ./glxinfo64)"
expect "" "$(plan ./xterm)"
"$bulkhead" run --config capsule.toml -- ./program && rm started
sed -i 's/libdrm.so.2/libnone.so.1/' capsule.toml
refused 125 "libnone.so.1" "this system has no such library" -- "$bulkhead" run --config capsule.toml -- games/game
sed -i 's/libnone.so.1/libc.so.6/' capsule.toml
expect "graphics stop False libGL.so.1 libva.so.2
tls stop False libcrypto.so.3 libssl.so.3
sound stop False libasound.so.2" "$(plan games/game)"
