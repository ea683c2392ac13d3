// bulkhead preload --seccomp: from the user's file to what the interposers bring into the program.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::preload {

struct PreloadPolicy {
  std::string bytes;  // seccomp/policy.h
  std::vector<std::string> warnings;
};

// `isolated`: whether the tools have a libc of their own, which makes their system calls. Failure:
// a mistake in the file, with its place.
PreloadPolicy compile_for_preload(const std::string& file, bool isolated);

}  // namespace bulkhead::preload
