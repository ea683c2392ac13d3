#!/bin/bash
# ffmpeg encodes a film with the libx264 and the libopus of another release; and, where its name is the one that ffmpeg
# wants, with the libavcodec, whose libx264 is then its own. This system's ffmpeg decodes what comes out.
. "$(dirname "$0")/../lib.sh"
need ffmpeg
program=$(command -v ffmpeg)
libx264=$(name_wanted "$program" libx264)
libopus=$(name_wanted "$program" libopus)
libavcodec=$(name_wanted "$program" libavcodec)
[[ -n $libx264 && -n $libopus && -n $libavcodec ]] || skip "no library: this system's ffmpeg lacks one"

# Which the tree of the other tests does not have. libavcodec brings the other two, and much besides.
case $1-$libavcodec in
    bookworm-*.59) packages=(libavcodec59) ;;
    trixie-*.61) packages=(libavcodec61) ;;
    *) packages=(libx264-164 libopus0) ;;
esac
tree=$(HOME=$home_before "$here/trees" "$1" "${packages[@]}") || exit $?
tree=$(realpath "$tree")
need_fitting "$program" "$libx264" "$libopus"

cd "$scratch"
# One thread, and no names of versions but the encoders' own: the same libraries write the same file.
film=(-v error -nostdin -f lavfi -i testsrc2=duration=2:size=320x240:rate=25 -f lavfi -i sine=duration=2
      -c:v libx264 -threads 1 -c:a libopus -fflags +bitexact -flags +bitexact)
encode() { # FILE OPTION…
    on_tree "${@:2}" -- ffmpeg "${film[@]}" "$1" || fail "ffmpeg ended with $?"
}

# Frames and how much they look like those that were encoded (by PSNR, in dB); and the length of the sound.
decode() { # FILE
    local output psnr
    output=$(ffmpeg -hide_banner -nostdin -i "$1" "${film[@]:3:4}" -lavfi '[0:v][1:v]psnr' -f null - 2>&1) || fail "cannot decode $1: $output"
    psnr=$(sed -n 's/.*PSNR .*average:\([0-9]*\).*/\1/p' <<<"$output")
    [[ $output =~ frame=\ *50 && $psnr -ge 30 ]] || fail "$1 is not the film, PSNR is $psnr: $output"
    [[ $output == *"Audio: opus, 48000 Hz"* ]] || fail "$1 has no sound: $output"
    echo "50 frames, PSNR $psnr, encoded by $(grep -aom1 'x264 - core [0-9]* r[0-9]*' "$1")"
}

visible="x264_encoder_encode opus_encode_float"
strings="opus_get_version_string"
encode codecs.mkv --expose "$libx264" --expose "$libopus"
check_segregated ffmpeg "$libx264" "$libopus"
decode codecs.mkv
[[ $(returned ffmpeg opus_get_version_string) == "libopus $(tree_version libopus0)" ]] || fail "another libopus works"
revision=$(tree_version libx264-164 | sed -E 's/^0\.([0-9]+)\.([0-9]+).*/core \1 r\2/')
grep -aqF "x264 - $revision" codecs.mkv || fail "expected x264 $revision"

[[ ${packages[0]} == libavcodec* ]] || exit 0
visible="avcodec_send_frame" hidden="x264_encoder_encode opus_encode_float" strings=
encode codec.mkv --expose "$libavcodec"
check_segregated ffmpeg "$libavcodec" "$libx264" "$libopus"
decode codec.mkv
# The same release on both sides: then it is the same file.
if [[ $(sed -n "s/^${packages[0]} //p" "$tree.packages") == "$(dpkg-query -W -f '${Version}' "${packages[0]}")" ]]; then
    ffmpeg "${film[@]}" native.mkv
    cmp native.mkv codec.mkv || fail "the tree's libavcodec of the same version writes another file"
fi
