// Places below the tree's root, found as a program in a chroot would find them: links lead to what
// they mean inside. Nothing outside is reached, whatever an image says.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "layers/room.h"

namespace bulkhead::layers {

class Root {
 public:
  explicit Root(const std::string& directory);

  struct Place {
    Fd directory;
    std::string name;  // in it; may be a link, which is not followed
    std::string path;  // from the root, without links but perhaps the last: "usr/lib/x"
  };

  // Of names along a path, of which there is at least one. Missing directories are made, of `room`;
  // without, and where something else is in their place, it fails. Beyond kMaxDepth, too.
  Place find(const std::vector<std::string>& names, Room* room) const;
  // Whether all directories above are there.
  bool can_find(const std::vector<std::string>& names) const;

 private:
  Fd top_;
};

// More than any system has, and few enough for a descriptor for each.
inline constexpr std::size_t kMaxDepth = 150;

}  // namespace bulkhead::layers
