// Where a name is looked for in a tree.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/result.h"
#include "elf/dynamic.h"
#include "elf/image.h"
#include "resolve/tree.h"

namespace bulkhead::resolve {

struct Found {
  OpenedFile file;
  FileMapping mapping;
  elf::Image image;
  elf::Dynamic dynamic;
  std::string_view path;       // inside the tree
  std::string_view directory;  // its directory inside the tree, unresolved
  std::string_view found_by;
};

// Holds what is read once for a tree: its ld.so.cache or ld.so.conf, the directories, the
// glibc-hwcaps subdirectories that this CPU supports.
class Searcher {
 public:
  // Libraries whose RPATH or RUNPATH count for a lookup: the one that asks, then who
  // loaded it, and so on (ld.so's l_loader chain). Strings as in DT_RPATH, not expanded;
  // origin is the directory of that library inside the tree.
  struct PathOwner {
    std::string_view name;  // for found_by
    std::string_view rpath;
    std::string_view runpath;
    bool has_runpath = false;
    std::string_view origin;
  };
  struct Scope {
    std::span<const PathOwner> owners;
  };

  // Extra directories searched before the cache, as LD_LIBRARY_PATH is (inside the tree);
  // used for the base, where the program's environment counts.
  static Result<Searcher> open(Arena& arena, const Tree& tree,
                               std::string_view library_path = {});

  // Finds `name` (a bare name; or a path with a slash, inside the tree). Not found is
  // Fault::missing with `because` telling what was skipped and why; a file that is ours
  // but malformed is an error naming it.
  Result<Found> find(std::string_view name, const Scope& scope);

  const Tree& tree() const { return *tree_; }

  // What was searched, joined by ':', for messages.
  std::string_view searched() const;

  // Directories and configuration files whose change can change an answer, for cache
  // stamps: host paths.
  std::span<const std::string_view> inputs() const;

 private:
  // … the implementer's
  Arena* arena_;
  const Tree* tree_;
};

}  // namespace bulkhead::resolve
