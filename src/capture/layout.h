// The part of a tree that some of its files take: the directories and the symbolic links by which
// they are reached, and the files themselves, at the paths that they have in the tree. So whatever
// names one of them by a path, finds it in a copy as well.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "resolve/tree.h"

namespace bulkhead::capture {

struct Entry {
  enum class Kind : std::uint8_t { directory, link, file };
  Kind kind = Kind::directory;
  std::string to;  // of a link: never absolute, so that a copy may lie anywhere
  struct stat status = {};
};

class Layout {
 public:
  // What is not there, or is neither a file nor a directory, has an empty path.
  struct Place {
    std::string path;  // inside the tree, without links
    bool is_file = false;
    struct stat status = {};
  };

  explicit Layout(const resolve::Tree& tree) : tree_(tree) {}

  // Where `inside` leads. Nothing is added.
  Place find(const std::string& inside) const;
  // The same, with all that it leads through.
  Place add(const std::string& inside);
  void add_directory(const std::string& inside) {
    if (tree_.has_directory(inside)) add(inside);
  }

  // The file or link at `inside` itself is left out; gives its path without links above it. Empty
  // if it was not added.
  std::string remove(const std::string& inside);

  // By path, so that a directory comes before what is in it.
  const std::map<std::string, Entry>& entries() const { return entries_; }
  // Each file once, also where it has several names.
  std::uint64_t size() const;

 private:
  using Entries = std::map<std::string, Entry>;
  Place walk(const std::string& inside, Entries& met) const;

  const resolve::Tree& tree_;
  Entries entries_;
};

// A link's text as it has to be in a copy, where `/` is another directory. `depth`: how many
// directories there are above the link.
std::string relative_link(std::string_view text, std::size_t depth);

}  // namespace bulkhead::capture
