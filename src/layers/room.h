// How much an image may take: what the file system had free, less a little that stays for others.
// An image says in a few bytes how many there will be.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::layers {

class Room {
 public:
  // On the file system of that directory.
  explicit Room(const std::string& directory);
  // For tests.
  Room(std::uint64_t bytes, std::uint64_t files) : bytes_(bytes), files_(files), all_(bytes) {}

  // Fail if there is no room for that.
  void take_bytes(std::uint64_t count);
  void take_file();

 private:
  std::uint64_t bytes_, files_, all_;
};

}  // namespace bulkhead::layers
