#!/bin/bash
# vkcube, with a texture and depth, on the Vulkan loader and the driver of another release.
. "$(dirname "$0")/pictures.sh"
need vkcube readelf
readelf -W --dyn-syms "$(command -v vkcube)" | grep xcb_poll_for_event >/dev/null ||
    skip "no library: this system's vkcube opens libxcb by dlopen, and so cannot be stopped at a frame"
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate"
hold_by=xcb_poll_for_event hold_at=30
in_use=(libvulkan.so.1 libvulkan_lvp.so)
draws_the_same --profile gl -- vkcube --suppress_popups
grep -F "Selected GPU 0: llvmpipe" "$scratch/output-on-tree" || fail "vkcube found another device"
