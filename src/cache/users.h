// Which entries of the cache running processes use.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace bulkhead::cache {

struct Users {
  std::set<std::string> used;
  // Whether that is all: false in a PID namespace, where processes outside of it cannot be seen,
  // and if a process of the user's cannot be read.
  bool seen_all = true;
};

// `names`: of entries. One is used if the environment that a process was started with names it, so
// that what the process starts gets its shims, or if a file of it is mapped. Processes may know it
// by another path, in a mount namespace of their own; so only the path's end is compared.
Users find_users(const std::vector<std::string>& names);

}  // namespace bulkhead::cache
