// The program that is to be started: which file it is, and whether a dynamic linker will
// read LD_LIBRARY_PATH for it.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::programs {

struct Program {
  std::string path;                    // what execve gets
  std::vector<std::string> arguments;  // argv, argv[0] as given
  // The file that the dynamic linker will load: the program, or the interpreter of a script.
  std::string binary;
  // Every file on the way there, the program first.
  std::vector<std::string> chain;
  // What else was looked at for that: files before these in PATH; and `env`, which names another.
  std::vector<std::string> passed_over, interpreters;
  // Statically linked: no dynamic linker gives it anything. What it starts inherits the shims.
  bool is_launcher = false;
  // The dynamic linker that is called by hand (see below); empty for PT_INTERP.
  std::string linker;
  // Which of the arguments is the value of the dynamic linker's --library-path; 0: none is.
  std::size_t library_path_at = 0;
};

// A dynamic linker that is called by hand: `ld.so [OPTION...] PROGRAM [ARGUMENT...]`, as wrappers
// of bundles and of Nix do it. Indices into its arguments, of which the first is its own name; 0:
// there is none.
struct LinkerCommand {
  std::size_t program = 0;
  std::size_t library_path = 0;  // the value of the last --library-path
};

// The options of glibc 2.31 to 2.43. No program: it lists something, or is not asked to do
// anything.
LinkerCommand read_linker_command(const std::vector<std::string>& arguments);

// Finds it as execvp(3) does and follows #! lines (and `#!/usr/bin/env NAME`), and a dynamic linker
// that is called by hand. Failures: 127 not found, 126 not executable.
Program find_program(const std::vector<std::string>& command);

// Refuses what could not work: set-uid, another class or machine, another libc's dynamic linker;
// no program, or bulkhead itself. Reads the file.
void check_program(const Program& program);

// A part of that, which may change while no file does.
void refuse_privileged(const Program& program);

// The same for what is to be given something itself: a launcher is refused.
void check_dynamic_program(const Program& program);

// For whom a plan is made: what a launcher starts is not known, so its plan holds for any program,
// and this is null.
const Program* planned_for(const Program& program);

// Where ld.so looks for its libraries first: --library-path, or LD_LIBRARY_PATH.
std::string library_path_for(const Program* program);

// Puts a directory in front of where the program's ld.so looks first, and of LD_LIBRARY_PATH.
void search_first(Program& program, const std::string& directory);

// Becomes the program: returns never. Fails with 126 or 127.
[[noreturn]] void execute(const Program& program);

// A relative path counts from the working directory.
std::string absolute_path(const std::string& path);

// The dynamic linker that the file names (PT_INTERP); empty if it names none or cannot be read.
std::string interpreter_of_program(const std::string& path);

}  // namespace bulkhead::programs
