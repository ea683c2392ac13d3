// A name of glibc's and what stands for it inside a capsule.
#pragma once

#include <string_view>

namespace bulkhead::capsule {

struct Hook {
  std::string_view name;
  const void* function;
  // Where the base's own address goes, for the hook to call: what the mirror would have
  // had. Null if it does not need it.
  void** original = nullptr;
};

}  // namespace bulkhead::capsule
