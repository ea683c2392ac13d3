// Where bytes come from: a file, a part of an archive, what a compressed one holds.
#pragma once

#include <cstddef>
#include <span>

namespace bulkhead::layers {

// Bytes, from first to last.
class Stream {
 public:
  virtual ~Stream() = default;
  // How many came; none at the end.
  virtual std::size_t read(std::span<char> into) = 0;
};

}  // namespace bulkhead::layers
