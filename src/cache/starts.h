// Writes down how a start went, for the next one of the same kind: see warm/record.h. So that one
// need not find out again which program is meant and which shims it gets; it compares, and
// executes.
//
// Only what depends on nothing but facts that can be compared is written down. Who is in doubt
// leaves it: the next start then goes the same way as this one. Nothing fails here.
#pragma once

#include <string>
#include <vector>

#include "programs/program.h"

namespace bulkhead::cache {

class Start {
 public:
  // `words`: the whole command line, with a null behind it. To be made before anything changes the
  // environment.
  explicit Start(char** words);

  // A file that must go on to be absent, and a directory that nobody else may come to be able to
  // exchange.
  void add_absent(const std::string& path) { absent_.push_back(path); }
  void add_trusted(const std::string& directory) { trusted_.push_back(directory); }

  // The shims and their key. Without them there is nothing to write down.
  void set_shims(const std::string& entry, const std::string& key);
  bool has_shims() const { return !entry_.empty(); }
  // It depends on more than that.
  void forget() { entry_.clear(); }

  // Right before the program is executed, with the environment that it gets. `line`: the program
  // with its arguments as the command line has them.
  void write(const programs::Program& program, const std::vector<std::string>& line) const noexcept;

 private:
  std::string text_for(const programs::Program& program) const;
  bool add_environment(std::string& text) const;

  char** words_;
  std::vector<std::string> environment_;  // before
  std::vector<std::string> absent_, trusted_;
  std::string entry_, key_;
};

}  // namespace bulkhead::cache
