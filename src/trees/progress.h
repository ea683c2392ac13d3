// What is said while a tree is made: a bar on a terminal, else a line for each step. On standard
// error, so that what a command prints can be read by others.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace bulkhead::trees {

// "12 B", "3.4 MB".
std::string size_text(std::uint64_t bytes);

class Progress {
 public:
  // `name`: of the tree, with which each line begins. With `quiet` nothing is said but
  // warnings.
  Progress(std::string name, bool quiet);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // A step begins.
  void step(const std::string& what);
  // How far it is. Without `total` nobody knows how far that is.
  void at(std::uint64_t done, std::uint64_t total);
  // The same in words, where neither is a number.
  void at(const std::string& how_far);
  // A line that stays.
  void say(const std::string& sentence);
  // The same of what is wrong: in any case.
  void warn(const std::string& sentence);

 private:
  void clear();
  bool is_due();

  std::string name_, step_;
  bool quiet_, terminal_;
  bool drawn_ = false;
  bool measured_ = false;  // whether a picture of this step says how far it is
  std::chrono::steady_clock::time_point last_;
};

}  // namespace bulkhead::trees
