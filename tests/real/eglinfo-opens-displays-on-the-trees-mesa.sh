#!/bin/bash
# eglinfo opens displays with the EGL of another release, whose vendor is found
# by a JSON file of that tree. It prints no version, so what was mapped is the proof.
. "$(dirname "$0")/lib.sh"
need eglinfo
start_x

visible="eglInitialize eglChooseConfig"
hidden="LLVMContextCreate __gxx_personality_v0 deflate XML_ParserCreate"

# It fails where one kind of display is missing (there is no Wayland here), so its
# exit status says nothing.
output=$(on_tree --profile gl -- eglinfo -B 2>&1) || true
x11=$(sed -n '/^X11 platform:/,/^[A-Z][a-z]* platform:/p' <<<"$output")
grep -E 'EGL (API version|vendor string|driver name)' <<<"$x11" || fail "no EGL display on X11: $output"
[[ $x11 == *"EGL vendor string: Mesa Project"* ]] || fail "another vendor's EGL: $x11"
check_segregated eglinfo libEGL.so.1 libEGL_mesa.so.0
