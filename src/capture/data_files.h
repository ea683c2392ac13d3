// What lies in a directory of a tree.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "resolve/tree.h"

namespace bulkhead::capture {

struct LeftOut {
  std::string path;
  std::string why;
};

struct FoundFile {
  std::string path;  // inside the tree
  bool is_library = false;
  struct stat status = {};
};

// The names in a directory, sorted; none if it is not there or cannot be listed.
std::vector<std::string> names_in(const resolve::Tree& tree, const std::string& directory);

// Every file at `path` or below it, sorted. Links are followed inside the tree, but each directory
// is looked into once. What is no file, or a link that leads nowhere, goes into `left_out`. Fails
// on what may not be read.
std::vector<FoundFile> files_below(const resolve::Tree& tree, const std::string& path,
                                   std::vector<LeftOut>& left_out);

// The libraries that a JSON file names under the key "library_path": layers and drivers. Names, or
// paths inside the tree. None if it is no JSON. However deep it nests, it takes no stack.
std::vector<std::string> libraries_named_in(const resolve::Tree& tree, const std::string& path);

}  // namespace bulkhead::capture
