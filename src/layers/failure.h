// How the unpacker gives up: a sentence that names the file.
#pragma once

#include <stdexcept>
#include <string>

namespace bulkhead::layers {

class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& text) : std::runtime_error(text) {}
};

}  // namespace bulkhead::layers
