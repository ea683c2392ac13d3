#!/bin/bash
# OpenCL on the pocl of another release: clinfo tells of its version, clpeak has it compile kernels (with the LLVM and the
# bitcode of the tree) and runs them. The driver is found by the tree's /etc/OpenCL/vendors.
. "$(dirname "$0")/profiles.sh"
need clinfo clpeak
tree_of_profile "$1" opencl

export POCL_CACHE_DIR=$scratch/kernels
version=$(tree_version libpocl2 pocl-opencl-icd)
hidden="LLVMContextCreate ZSTD_compress"
output=$(on_tree --profile opencl -- clinfo) || fail "clinfo ended with $?: $output"
grep -E 'Number of platforms|Platform Version|Driver Version' <<<"$output"
[[ $output == *"Number of platforms "*" 1"* && $output =~ "Driver Version "[[:space:]]*"$version+debian" ]] ||
    fail "clinfo reports another driver than $version"
check_segregated clinfo libOpenCL.so.1 'libpocl.so.2'

output=$(on_tree --profile opencl -- clpeak --kernel-latency) || fail "clpeak ended with $?: $output"
grep -E 'Driver version|latency' <<<"$output"
[[ $output == *"Driver version  : $version+debian"* && $output =~ "Kernel launch latency : "[0-9.]+" us" ]] || fail "clpeak computed nothing: $output"
check_segregated clpeak libOpenCL.so.1 'libpocl.so.2'

# Without a word about it: clinfo needs libOpenCL alone.
output=$(BULKHEAD_TREE=$tree "$bulkhead" run clinfo 2>"$scratch/said") || fail "chosen: $? $(<"$scratch/said")"
[[ $(<"$scratch/said") == *"--profile opencl (for libOpenCL.so.1)" ]] || fail "said: $(<"$scratch/said")"
[[ $output == *"$version+debian"* ]] || fail "chosen, clinfo reports another driver than $version"
