// Will the libraries of a tree work in programs of this system? Looks at each library in the
// tree's library directories.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "doctor/report.h"
#include "programs/base_glibc.h"

namespace bulkhead::doctor {

struct Verdict {
  struct Unusable {
    std::string file;  // inside the tree
    std::vector<std::string> reasons;
    bool only_by_need = false;  // for want of another library of the tree that cannot be used
  };
  struct Incomplete {
    std::string file;
    std::string name;  // what it needs and the tree lacks
  };

  programs::Glibc tree;
  std::size_t libraries = 0, as_they_are = 0, with_compat = 0, of_glibc = 0, of_others = 0;
  std::vector<Unusable> unusable;      // worst first
  std::vector<Incomplete> incomplete;  // they load if this system's copy is shared
  std::vector<std::pair<std::string, std::string>> notes;  // file, what about it
  bool works() const { return libraries != 0 && unusable.empty(); }
};

// Failures: no such tree, or bulkhead's own libraries are not there.
Verdict examine_tree(const std::string& path);

// At most a screen, unless `all`.
void report(const Verdict& verdict, const programs::Glibc& base, const std::string& path, bool all,
            Report& report);

}  // namespace bulkhead::doctor
