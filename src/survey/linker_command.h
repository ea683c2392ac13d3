// A dynamic linker that is called by hand: `ld.so [OPTION...] PROGRAM [ARGUMENT...]`, as wrappers
// of bundles and of Nix do it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bulkhead::survey {

// Indices into its arguments, of which the first is its own name; 0: there is none.
struct LinkerCommand {
  std::size_t program = 0;
  std::size_t library_path = 0;  // the value of the last --library-path
};

// The options of glibc 2.31 to 2.43. No program: it lists something, or is not asked to do
// anything.
LinkerCommand read_linker_command(const std::vector<std::string>& arguments);

// Whether the file is one, by its SONAME.
bool is_dynamic_linker(const std::string& path);

}  // namespace bulkhead::survey
