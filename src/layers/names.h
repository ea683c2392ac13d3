// What names in a layer mean: pure text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::layers {

// The names along a path from the tree's root, without "." and empty ones. A path from the root
// ("/") is one inside, as in a container. Fails on "..", which a layer has no use for, on a NUL,
// and beyond PATH_MAX.
std::vector<std::string> names_along(std::string_view path);

// The OCI image specification: an entry ".wh.NAME" hides NAME of the layers below, and
// ".wh..wh..opq" all that the layers below have in its directory.
struct Whiteout {
  enum class Kind : unsigned char {
    none,     // an ordinary name
    one,      // hides `name`
    all,      // hides everything in the directory
    ignored,  // of a storage driver's own
  };
  Kind kind = Kind::none;
  std::string name;
};

// Fails on one that would hide "." or "..".
Whiteout whiteout_of(std::string_view name);

}  // namespace bulkhead::layers
