// Another program that does a part of the work, and ends when this one does.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"

namespace bulkhead::trees {

class Child {
 public:
  // Descriptors that the child gets; a missing one is /dev/null.
  struct Streams {
    int in = -1, out = -1, errors = -1;
    int third = -1;  // descriptor 3, which others have no use for
  };
  using Variables = std::vector<std::pair<std::string, std::string>>;

  // The program is searched in PATH, then in /sbin and /usr/sbin. Fails if there is none.
  Child(const std::vector<std::string>& line, const Streams& streams, const Variables& more = {});
  // One that still runs is ended.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Its exit status, or 128 and the signal. Asks for interruptions.
  int wait();

 private:
  int process_ = -1;
};

struct Pipe {
  Fd reader, writer;
};
Pipe make_pipe();

// A file for what a program says: read by its owner alone, and without a name.
Fd make_log(const std::string& directory);
std::string read_log(int fd);

// Lines, as they come.
class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  // False at the end. Asks for interruptions.
  bool next(std::string& line);

 private:
  int fd_;
  std::string read_;
};

// What a program prints; fails, with what it said, if it does.
std::string output_of(const std::vector<std::string>& line, const std::string& scratch,
                      const Child::Variables& more = {});

// The file of that program, as Child finds it; empty if there is none.
std::string find_tool(const std::string& name);

}  // namespace bulkhead::trees
