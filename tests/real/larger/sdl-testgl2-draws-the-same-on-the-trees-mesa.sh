#!/bin/bash
# SDL's own test of OpenGL: SDL opens libGL by dlopen, with the name given to it or found by itself, and asks
# it for every function. The cube that turns looks the same as on this system's Mesa.
. "$(dirname "$0")/pictures.sh"
program=/usr/libexec/installed-tests/SDL2/testgl2
need $program
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
hold_by=SDL_GL_SwapWindow hold_at=20
in_use=(libGL.so.1 libGLX_mesa.so.0)
draws_the_same --profile gl -- $program --info render
expected="Mesa $(tree_version libgl1-mesa-dri)"
grep -F "Version" "$scratch/output-on-tree" | grep -F "$expected" || fail "SDL reports another driver than $expected"
