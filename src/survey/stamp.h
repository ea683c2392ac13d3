// What an answer depended on, and whether it still holds: a list of files with what
// stat(2) said of each. A warm start does nothing but read such a list and stat again.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

namespace bulkhead::survey {

class Stamp {
 public:
  // The file as it is now; that it is absent is a fact too.
  void add(const std::string& path);
  static std::string line_of(const std::string& path);
  // The file as it was when it was read.
  void add(const std::string& path, const struct stat& status);
  // All that another answer depends on.
  void add(const Stamp& other);

  // As text: `key`, then warnings, then a line for each file. `made` is the directory that
  // was made of it all: the files in it are listed too, by name, as it may be renamed.
  std::string write(std::string_view key, const std::string& made,
                    const std::vector<std::string>& warnings) const;

  // Whether `text` is a stamp for that key of which every line is still true; its warnings
  // are put into `warnings`. Damaged text is simply no valid stamp; nor is one beside which
  // a file of `made` is missing, shorter (what a power failure leaves) or another one.
  static bool holds(std::string_view text, std::string_view key, const std::string& made,
                    std::vector<std::string>& warnings);

 private:
  std::vector<std::string> lines_;
};

}  // namespace bulkhead::survey
