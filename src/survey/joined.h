// Directories of which a capsule sees the files of both sides. This system's Vulkan layers stay
// visible where drivers come from a tree: /usr/share/vulkan/implicit_layer.d.
//
// The capsule reads a directory that holds copies: the tree's files as they are, and those of this
// system's that the tree has not, by their names and by the names of their layers. What these name
// as "library_path" is written as the path of this system's file, since a bare name would mean the
// tree's. The loader goes on calling the files by the names that it knows.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "resolve/search.h"
#include "resolve/tree.h"
#include "survey/stamp.h"

namespace bulkhead::survey {

struct JoinedDirectory {
  std::string from;  // as both sides know it
  std::string path;  // where it is to be written; named by what is in it
  std::vector<std::pair<std::string, std::string>> files;  // names and texts
};

// `system` finds what this system's dynamic linker would find.
struct Sides {
  const resolve::Tree& tree;
  const resolve::Tree& base;
  resolve::Searcher& system;
};

// Those of `directories` in which this system has something to add. `place`: below which directory
// they are to be written; they are not.
std::vector<JoinedDirectory> join_directories(const Sides& sides,
                                              const std::vector<std::string>& directories,
                                              const std::string& place, Stamp& stamp);

}  // namespace bulkhead::survey
