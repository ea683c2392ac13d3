#!/bin/bash
# vkcube draws thirty frames into a window with the Vulkan of another release.
. "$(dirname "$0")/lib.sh"
need vkcube
start_x

# Newer ones open the library by dlopen, and its symbols cannot be found by others then.
[[ -z $(name_wanted "$(command -v vkcube)" libvulkan) ]] || visible="vkCreateInstance vkQueuePresentKHR"
hidden="LLVMContextCreate __gxx_personality_v0 deflate XML_ParserCreate"

# Stopped while it draws, since the loader closes the driver before an ordinary end.
# 124: timeout had to stop it.
status=0
under="timeout --signal=TERM 4"
output=$(on_tree --profile gl -- vkcube --suppress_popups 2>&1) || status=$?
echo "$output"
if [[ $output == *"No DRI3 support detected"* && $(tree_version mesa-vulkan-drivers) == 20.* ]]; then
    skip "no screen: Mesa 20's software driver shows frames by DRI3 alone, which Xvfb does not have"
fi
[[ $status -eq 124 ]] || fail "vkcube ended by itself with $status"
# Older ones do not tell the device; that the driver is mapped while they draw is the proof for all.
[[ $output == *"Selected GPU 0: llvmpipe"* || $output != *"Selected GPU"* ]] || fail "vkcube found another device"
check_segregated vkcube libvulkan.so.1 libvulkan_lvp.so

# And it comes to its end by itself.
on_tree --profile gl -- vkcube --c 30 --suppress_popups || fail "vkcube with --c 30 ended with $?"
