// Variables by which a user tells an exposed library where its files are (VK_DRIVER_FILES,
// LIBGL_DRIVERS_PATH …). Its capsule reads some of this system's directories from the tree, so that
// a path may mean another file than the user thinks, or none: `run` says which.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::preload {

// Lines of the file that preload_from reads: for variables, and for the capsule's maps, FROM=TO in
// the order in which they count.
std::vector<std::string> lines_of_named_paths(const std::vector<std::string>& variables,
                                              const std::vector<std::string>& maps);

// Takes such lines, and says in the end what the variables that are set mean, a line each.
class NamedPaths {
 public:
  // Whether the line is such a one.
  bool take(const std::string& line);
  void say() const;

 private:
  std::string meaning_of(std::string_view value) const;

  std::vector<std::string> variables_, maps_;
};

}  // namespace bulkhead::preload
