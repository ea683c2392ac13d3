#!/bin/bash
# SDL's own test of Vulkan: SDL opens libvulkan by dlopen. It fills the window with a colour that changes.
. "$(dirname "$0")/pictures.sh"
program=/usr/libexec/installed-tests/SDL2/testvulkan
need $program
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
hold_by=SDL_PollEvent hold_at=20 hold_time=yes
in_use=(libvulkan.so.1 libvulkan_lvp.so)
draws_the_same --profile gl -- $program
