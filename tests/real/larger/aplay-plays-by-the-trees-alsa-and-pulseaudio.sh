#!/bin/bash
# Sound without a card: ALSA's library of another release, with its configuration and its plugins, resamples into a file as this
# system's does; and is a client of a PulseAudio server of this system's, as pactl is by itself.
. "$(dirname "$0")/profiles.sh"
need aplay pactl pulseaudio
tree_of_profile "$1" audio

cd "$scratch"
# A second of two tones.
/usr/bin/python3 - >tone.raw <<'END'
import math, struct, sys
for i in range(44100):
    sys.stdout.buffer.write(struct.pack("<2h", int(9000 * math.sin(i / 20)), int(9000 * math.sin(i / 31))))
END
cat >"$HOME/.asoundrc" <<'END'
pcm.written { type file slave.pcm "null" file "out.raw" format "raw" }
pcm.resampled { type rate slave { pcm "written" rate 48000 } converter "speexrate_medium" }
END

aplay -q -D resampled -f cd -t raw tone.raw || skip "this system's ALSA has no speexrate plugin"
mv out.raw native.raw
(($(wc -c <native.raw) > 150000)) || fail "natively $(wc -c <native.raw) bytes are written"
# aplay closes its plugins before it ends, so the runtime is asked which these were.
opened() { # PLUGIN
    grep -q "manifest lists $tree/.*/$1\$" opened.txt || fail "aplay does not use the tree's $1: $(grep "$1" opened.txt || true)"
}
BULKHEAD_DEBUG=open on_tree --profile audio -- aplay -q -D resampled -f cd -t raw tone.raw 2>opened.txt || fail "aplay ended with $?: $(<opened.txt)"
opened libasound_module_rate_speexrate_medium.so
opened libspeexdsp.so.1
check_segregated aplay libasound.so.2
cmp native.raw out.raw || fail "the tree's ALSA writes something else"
aplay -L | grep -v '^ ' >native.txt
on_tree --profile audio -- aplay -L | grep -v '^ ' >listed.txt
# A newer release may have more of them.
[[ -z $(comm -23 <(sort native.txt) <(sort listed.txt)) ]] || fail "aplay -L lists fewer: $(diff native.txt listed.txt)"

export XDG_RUNTIME_DIR=$scratch/run
mkdir -m 700 run
pulseaudio -n --daemonize=no --exit-idle-time=-1 -L "module-null-sink sink_name=nowhere" -L "module-native-protocol-unix" 2>server.log &
children+=($!)
for ((tries = 0; tries < 100; tries++)); do
    ! pactl info >/dev/null 2>&1 || break
    sleep 0.1
done
pactl info >native.txt || fail "the server did not start: $(<server.log)"
on_tree --profile audio -- pactl info >told.txt || fail "pactl ended with $?"
check_segregated pactl libpulse.so.0
grep -E '^(Server Name|Default Sink|Library)' told.txt
[[ $(grep -vE '^(Library Protocol|Client Index|Cookie)' told.txt) == "$(grep -vE '^(Library Protocol|Client Index|Cookie)' native.txt)" ]] ||
    fail "pactl is told something else: $(diff native.txt told.txt)"

# ALSA's plugin for PulseAudio, both of the tree: the server hears from a client that plays.
BULKHEAD_DEBUG=open on_tree --profile audio -- aplay -q -D pulse -f cd -t raw tone.raw 2>opened.txt &
player=$!
for ((tries = 0; tries < 100; tries++)); do
    heard=$(pactl list sink-inputs)
    [[ -z $heard ]] || break
    sleep 0.05
done
wait "$player" || fail "aplay on PulseAudio ended with $?"
[[ $heard == *"44100Hz"*'application.name = "ALSA plug-in [aplay]"'* ]] || fail "the server heard nobody: $heard"
opened libasound_module_pcm_pulse.so
opened libpulse.so.0
check_segregated aplay libasound.so.2
