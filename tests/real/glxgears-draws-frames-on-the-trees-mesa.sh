#!/bin/bash
# glxgears draws with the Mesa of another release, for as long as it is let.
. "$(dirname "$0")/lib.sh"
need glxgears
start_x

visible="glXSwapBuffers glBegin"
hidden="LLVMContextCreate __gxx_personality_v0 deflate XML_ParserCreate"

# It reports every five seconds and runs until it is stopped. 124: timeout had to stop it.
status=0
under="timeout --signal=TERM 8"
output=$(on_tree --expose libGL.so.1 -- glxgears -info) || status=$?
echo "$output"
[[ $status -eq 124 ]] || fail "glxgears ended by itself with $status"
[[ $output == *"GL_VERSION "*"Mesa $(tree_version libgl1-mesa-dri)"* ]] ||
    fail "glxgears reports another driver than Mesa $(tree_version libgl1-mesa-dri)"
grep -qE '^[1-9][0-9]* frames in' <<<"$output" || fail "glxgears counted no frames"
check_segregated glxgears libGL.so.1 libGLX_mesa.so.0
