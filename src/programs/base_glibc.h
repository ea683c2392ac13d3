// Which glibc this is: of a tree, of this system, of a program that brings a dynamic linker
// of its own.
#pragma once

#include <string>

#include "base/arena.h"
#include "programs/program.h"
#include "resolve/linker_defaults.h"
#include "resolve/search.h"
#include "resolve/tree.h"

namespace bulkhead::programs {

struct Glibc {
  unsigned minor = 0;  // of "2.N"; 0: there is none, and `why` says where it was looked for
  std::string file;    // its libc.so.6
  std::string why;
  std::string release() const { return "2." + std::to_string(minor); }
};

// The glibc in a tree; "/" is this system.
Glibc glibc_of(const resolve::Tree& tree);
// The one that a libc.so.6 is of, by its path on this system.
Glibc glibc_of_file(const std::string& libc);

// A program's dynamic linker, if its PT_INTERP, or the one it is started by, is not this system's.
struct ForeignLinker {
  std::string path;                  // its file; empty: it is this system's
  resolve::LinkerDefaults defaults;  // where it searches; no directories: that is not known
  std::string directory;             // of the libc.so.6 beside it; empty: there is none
};

// `system` finds what this system's dynamic linker would find. The texts live in `arena`.
ForeignLinker foreign_linker_of(Arena& arena, const Program& program, resolve::Searcher& system);

}  // namespace bulkhead::programs
