#!/bin/bash
# es2_info draws with the EGL and GLES of another release: two exposed libraries,
# one capsule.
. "$(dirname "$0")/lib.sh"
need es2_info
start_x

visible="eglInitialize glGetString"
hidden="LLVMContextCreate __gxx_personality_v0 deflate XML_ParserCreate"
expected="Mesa $(tree_version libgl1-mesa-dri)"

output=$(on_tree --profile gl -- es2_info) || fail "es2_info ended with $?: $output"
grep -F "GL_VERSION" <<<"$output" || fail "no GLES version: $output"
[[ $output == *"GL_VERSION: "*"$expected"* ]] || fail "es2_info reports another driver than $expected"
check_segregated es2_info libEGL.so.1 libEGL_mesa.so.0 libGLESv2.so.2
