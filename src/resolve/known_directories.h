// The directories that were met in search paths, each once, with what there is in them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "resolve/hwcaps.h"
#include "resolve/tree.h"

namespace bulkhead::resolve {

class KnownDirectories {
 public:
  struct Directory {
    std::string_view path;
    bool examined = false;
    bool exists = false;
    std::span<const std::string_view> hwcaps = {};  // subdirectories to look into first
    Directory* next = nullptr;                      // with the same hash
  };

  explicit KnownDirectories(Arena& arena) : arena_(&arena), all_(arena) {}

  // Lives as long as the arena.
  Directory* of(std::string_view path);

  // Looks at a directory of that tree, if nobody has done so.
  void examine(Directory& directory, const Tree& tree, Hwcaps& hwcaps);

  std::span<Directory* const> all() const { return all_.view(); }

 private:
  Arena* arena_;
  List<Directory*> all_;
  std::span<Directory*> by_hash_;
};

}  // namespace bulkhead::resolve
