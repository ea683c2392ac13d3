#!/bin/bash
# SDL's own test of OpenGL ES: EGL and GLES by dlopen, and shaders that the tree's LLVM compiles.
. "$(dirname "$0")/pictures.sh"
program=/usr/libexec/installed-tests/SDL2/testgles2
need $program
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
hold_by=SDL_GL_SwapWindow hold_at=20
export SDL_VIDEO_X11_FORCE_EGL=1
in_use=(libEGL.so.1 libEGL_mesa.so.0 libGLESv2.so.2)
draws_the_same --profile gl -- $program --info render
expected="Mesa $(tree_version libgl1-mesa-dri)"
grep -F "Version" "$scratch/output-on-tree" | grep -F "$expected" || fail "SDL reports another driver than $expected"
