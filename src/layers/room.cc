#include "layers/room.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <limits>

#include "layers/failure.h"

namespace bulkhead::layers {
namespace {

// A twentieth stays free.
std::uint64_t most(std::uint64_t available) { return available - available / 20; }

}  // namespace

Room::Room(const std::string& directory) {
  struct statvfs status;
  if (::statvfs(directory.c_str(), &status) != 0) {
    throw Failure(directory + ": " + ::strerror(errno));
  }
  block_ = std::max<std::uint64_t>(status.f_frsize, 1);
  bytes_ = all_ = most(std::uint64_t{status.f_bavail} * status.f_frsize);
  // Some file systems do not count files.
  files_ = status.f_files == 0 ? std::numeric_limits<std::uint64_t>::max() : most(status.f_favail);
}

void Room::take_bytes(std::uint64_t count) {
  if (count > bytes_) {
    throw Failure("takes more than " + std::to_string(all_ / 1000000) +
                  " MB, and that is all the room that there is for it");
  }
  bytes_ -= count;
}

void Room::take_file() {
  if (files_ == 0) throw Failure("has more files than there is room for on the file system");
  --files_;
  take_bytes(block_);
}

// A piece that goes on where the last one ended may share that one's block. Of another nobody knows
// what is there already.
void FileRoom::take(std::uint64_t offset, std::uint64_t size) {
  if (size == 0) return;
  const std::uint64_t block = room_.block(), first = offset / block * block;
  const std::uint64_t end = (offset + size - 1) / block * block + block;
  const std::uint64_t begin = offset >= written_ ? std::max(first, taken_) : first;
  if (end > begin) room_.take_bytes(end - begin);
  written_ = offset + size;
  taken_ = end;
}

}  // namespace bulkhead::layers
