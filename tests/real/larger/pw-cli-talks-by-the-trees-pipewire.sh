#!/bin/bash
# PipeWire's client library of another release, with its modules and SPA plugins, talks to a server of this system's: pw-cli
# lists the nodes that it lists natively.
. "$(dirname "$0")/profiles.sh"
need pw-cli pipewire
tree_of_profile "$1" audio

cd "$scratch"
export XDG_RUNTIME_DIR=$scratch/run
mkdir -m 700 run
cat >server.conf <<'END'
context.properties = { core.daemon = true core.name = pipewire-0 support.dbus = false }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-spa-node-factory }
  { name = libpipewire-module-access }
]
context.objects = [
  { factory = spa-node-factory args = { factory.name = support.node.driver node.name = driver } }
  { factory = adapter args = { factory.name = support.null-audio-sink node.name = nowhere media.class = Audio/Sink object.linger = true } }
]
END
pipewire -c "$scratch/server.conf" 2>server.log &
children+=($!)
for ((tries = 0; tries < 100; tries++)); do
    ! pw-cli info 0 >/dev/null 2>&1 || break
    sleep 0.1
done

nodes() { grep -E '^[[:space:]]*(id|node.name|media.class|factory)'; }
native=$(pw-cli ls Node | nodes) || fail "the server did not start: $(<server.log)"
output=$(strings=pw_get_library_version on_tree --profile audio -- pw-cli ls Node | nodes) || fail "pw-cli ended with $?"
echo "$output"
[[ $output == "$native" && $output == *'"nowhere"'* ]] || fail "pw-cli is told something else, natively: $native"
expected=$(tree_version libpipewire-0.3-0t64 libpipewire-0.3-0)
[[ $(returned pw-cli pw_get_library_version) == "$expected" ]] || fail "the library is not PipeWire $expected: $(returned pw-cli pw_get_library_version)"
check_segregated pw-cli libpipewire-0.3.so.0
