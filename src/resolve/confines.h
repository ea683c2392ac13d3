// What a strict capsule may load: files of its tree, and files at or below permitted paths of this
// system.
//
// A file is judged by where it is, not by the text that leads to it: links are followed, ".." is
// taken, and directories are compared as directories (device and inode). So another name of the
// tree, or a bind mount of a permitted directory, is as good as the first one; a link that leads
// out of a permitted directory leads out; and what has no name in any directory (memory, by way of
// /proc/self/fd; a file that was removed) is outside. What is mounted below a directory lies below
// it.
//
// A rule for code that keeps to it, not a border: whoever may write to a directory can exchange
// what was judged, and code in the process can load what it likes without asking.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/result.h"
#include "resolve/tree.h"

namespace bulkhead::resolve {

class Confines {
 public:
  enum class Place : std::uint8_t { tree, permitted, outside };
  struct Judgement {
    Place place;
    std::string_view inside;  // of a file of the tree: its path in there, without links
  };

  // `tree` lives longer. `permitted`: absolute paths of this process, of directories or files; what
  // is not there permits nothing, until it is there.
  static Result<Confines> open(Arena& arena, const Tree& tree,
                               std::span<const std::string_view> permitted);

  // Where a file lies that was opened by that absolute path of this process.
  Judgement judge(Arena& arena, std::string_view path, const FileIdentity& file) const;

  // This system as a tree.
  const Tree& this_system() const { return system_; }

 private:
  Confines(const Tree& tree, Tree&& this_system, std::span<const std::string_view> permitted)
      : tree_(&tree), system_(static_cast<Tree&&>(this_system)), permitted_(permitted) {}

  bool is_permitted(const FileIdentity& file) const;

  const Tree* tree_;
  Tree system_;
  std::span<const std::string_view> permitted_;
};

}  // namespace bulkhead::resolve
