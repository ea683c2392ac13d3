#!/bin/bash
# vulkaninfo opens libvulkan by name when it runs, and gets the loader and the
# drivers of another release, named by JSON files of that tree.
. "$(dirname "$0")/lib.sh"
need vulkaninfo
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate ZSTD_compress"
expected="Mesa $(tree_version mesa-vulkan-drivers)"

output=$(on_tree --profile gl -- vulkaninfo --summary) || fail "vulkaninfo ended with $?: $output"
grep -E 'deviceName|driverInfo' <<<"$output" || fail "no Vulkan device: $output"
[[ $output == *"driverInfo "*"$expected"* ]] || fail "vulkaninfo reports another driver than $expected"
# The loader closes the drivers before the program ends; driverInfo above is the proof of those.
check_segregated vulkaninfo libvulkan.so.1
