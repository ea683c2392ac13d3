#!/bin/bash
# vulkaninfo opens libvulkan by name when it runs, and gets the loader and the
# drivers of another release, named by JSON files of that tree.
. "$(dirname "$0")/lib.sh"
need vulkaninfo
start_x

hidden="LLVMContextCreate deflate XML_ParserCreate ZSTD_compress"
expected="Mesa $(tree_version mesa-vulkan-drivers)"
llvm="(LLVM $(tree_version 'libllvm[0-9]*'),"

output=$(on_tree --profile gl -- vulkaninfo --summary) || fail "vulkaninfo ended with $?: $output"
grep -E 'deviceName|driverInfo' <<<"$output" || fail "no Vulkan device: $output"
# A driver for Vulkan 1.0 (of Mesa 20) has no driverInfo, but tells its LLVM.
[[ $output == *"driverInfo "*"$expected"* || $output != *driverInfo* && $output == *"deviceName "*"$llvm"* ]] ||
    fail "vulkaninfo reports another driver than $expected $llvm"
# The loader closes the drivers before the program ends; what they said above is the proof of those.
check_segregated vulkaninfo libvulkan.so.1
