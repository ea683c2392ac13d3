#!/bin/bash
# glxinfo draws with the Mesa of another release, given by library and by profile;
# it sees libGL and none of Mesa's own needs (LLVM, libstdc++, zlib, expat).
. "$(dirname "$0")/lib.sh"
need glxinfo
start_x

visible="glXCreateContext glClear"
hidden="LLVMContextCreate __gxx_personality_v0 deflate XML_ParserCreate"
expected="Mesa $(tree_version libgl1-mesa-dri)"

for option in --expose=libGL.so.1 --profile=gl; do
    output=$(on_tree $option -- glxinfo -B) || fail "glxinfo with $option ended with $?: $output"
    grep -F "OpenGL version string" <<<"$output" || fail "no OpenGL version: $output"
    [[ $output == *"OpenGL core profile version string: "*"$expected"* ]] ||
        fail "glxinfo with $option reports another driver than $expected"
    check_segregated glxinfo libGL.so.1 libGLX_mesa.so.0
done
