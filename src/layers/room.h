// How much an image may take: what the file system had free, less a little that stays for others.
// An image says in a few bytes how many there will be. Counted is what a file system counts at
// most: whole blocks, and one for each thing that has a name.
#pragma once

#include <cstdint>
#include <string>

namespace bulkhead::layers {

class Room {
 public:
  // On the file system of that directory.
  explicit Room(const std::string& directory);
  // For tests.
  Room(std::uint64_t bytes, std::uint64_t files, std::uint64_t block)
      : bytes_(bytes), files_(files), all_(bytes), block_(block) {}

  // Fail if there is no room for that.
  void take_bytes(std::uint64_t count);
  void take_file();  // or a directory, or a link: with its first block
  std::uint64_t block() const { return block_; }

 private:
  std::uint64_t bytes_, files_, all_, block_;
};

// Of one file, whose first block is taken: the blocks that its bytes touch, piece by piece.
class FileRoom {
 public:
  explicit FileRoom(Room& room) : room_(room), taken_(room.block()) {}
  void take(std::uint64_t offset, std::uint64_t size);

 private:
  Room& room_;
  std::uint64_t written_ = 0, taken_;  // to where
};

}  // namespace bulkhead::layers
