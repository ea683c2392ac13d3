// Names of strangers in what the command prints: base/printable.h says what is escaped.
#pragma once

#include <string>
#include <string_view>

#include "base/printable.h"

namespace bulkhead::messages {

inline std::string shown(std::string_view text) {
  std::string result;
  for_each_printable(text, [&](std::string_view piece) { result += piece; });
  return result;
}

}  // namespace bulkhead::messages
