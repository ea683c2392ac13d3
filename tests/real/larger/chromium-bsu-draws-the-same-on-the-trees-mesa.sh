#!/bin/bash
# A game, Chromium B.S.U.: SDL2, and libGL and libGLU that it is linked to. Its title, after sixty frames.
. "$(dirname "$0")/pictures.sh"
PATH=$PATH:/usr/games
need chromium-bsu
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
export SDL_AUDIODRIVER=dummy ALSOFT_DRIVERS=null
hold_by=SDL_GL_SwapWindow hold_at=60 hold_time=yes
in_use=(libGL.so.1 libGLX_mesa.so.0)
draws_the_same --profile gl -- chromium-bsu --noaudio --window --vidmode 1
