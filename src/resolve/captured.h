// Trees that `bulkhead capture` made.
#pragma once

#include "resolve/tree.h"

namespace bulkhead::resolve {

// By this file they are known: what came from where, and why.
inline constexpr const char* kCaptureManifest = "/bulkhead-capture.json";

inline bool is_captured(const Tree& tree) {
  Arena arena;
  return tree.open_file(arena, kCaptureManifest).has_value();
}

}  // namespace bulkhead::resolve
