// The program that is to be started: which file it is, and whether a dynamic linker will
// read LD_LIBRARY_PATH for it.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::survey {

struct Program {
  std::string path;                    // what execve gets
  std::vector<std::string> arguments;  // argv, argv[0] as given
  // The file that the dynamic linker will load: the program, or the interpreter of a script.
  std::string binary;
  // Every file on the way there, the program first.
  std::vector<std::string> chain;
};

// Finds it as execvp(3) does and follows #! lines (and `#!/usr/bin/env NAME`). Failures:
// 127 not found, 126 not executable.
Program find_program(const std::vector<std::string>& command);

// Refuses what could not work: not a dynamic program, set-uid, another class or machine,
// another libc's dynamic linker. Reads the file.
void check_program(const Program& program);

// Becomes the program: returns never. Fails with 126 or 127.
[[noreturn]] void execute(const Program& program);

// A relative path counts from the working directory.
std::string absolute_path(const std::string& path);

// The dynamic linker that the file names (PT_INTERP); empty if it names none or cannot be read.
std::string interpreter_of_program(const std::string& path);

}  // namespace bulkhead::survey
