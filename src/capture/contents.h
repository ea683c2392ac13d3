// Which files of a tree a capsule needs: found by the same code that plans one (survey/tree_side),
// from the side of the tree alone. So what a program's side would give is among them: where the
// tree's part will be used, that side may lack it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "capture/data_files.h"
#include "capture/layout.h"
#include "survey/options.h"
#include "survey/tree_side.h"

namespace bulkhead::capture {

// Of a copy that has directories for it.
inline constexpr const char* kConfiguration = "/etc/ld.so.conf";

struct Library {
  std::string path;    // inside the tree, without links
  std::string asked;   // as it was found, with them
  std::string soname;  // empty: it has none
  std::string build_id;
  std::string why;
};

struct Data {
  std::string path;
  std::string why;
};

struct Contents {
  explicit Contents(const resolve::Tree& tree) : layout(tree) {}

  Layout layout;
  std::vector<Library> libraries;  // breadth first
  std::vector<Data> data;
  // Directories for the copy's ld.so.conf: its libraries lie there, and no other way leads to them.
  std::vector<std::string> directories;
  std::vector<LeftOut> left_out;
  std::vector<std::string> warnings;
  std::string newest_glibc;  // that a library asks for: "GLIBC_2.38"
};

// `include`: beside what the options expose; a library's name, or a path inside the tree of a
// library, a file or a directory. `side` was opened for the options' tree. Fails if something
// cannot be found or read that was asked for, or that an exposed library needs.
Contents contents_of(Arena& arena, const survey::Options& options,
                     const std::vector<std::string>& include, survey::TreeSide& side);

}  // namespace bulkhead::capture
