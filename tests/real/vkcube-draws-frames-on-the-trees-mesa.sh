#!/bin/bash
# vkcube draws thirty frames into a window with the Vulkan of another release.
. "$(dirname "$0")/lib.sh"
need vkcube
start_x

visible="vkCreateInstance vkQueuePresentKHR"
hidden="LLVMContextCreate __gxx_personality_v0 deflate XML_ParserCreate"

output=$(on_tree --profile gl -- vkcube --c 30 --suppress_popups 2>&1) ||
    fail "vkcube ended with $?: $output"
echo "$output"
check_segregated vkcube libvulkan.so.1 libvulkan_lvp.so
