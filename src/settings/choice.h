// What is taken where the command line does not say it: from which tree, and what of it.
#pragma once

#include <string>

#include "programs/program.h"
#include "survey/options.h"

namespace bulkhead::settings {

// The tree, if `options` has none: what BULKHEAD_TREE names; else /run/host, where containers show
// their host, if that is a system; else "/" for a program that brings a dynamic linker or libraries
// of its own. Then what is exposed, if `options` has nothing: the profiles that may be chosen
// (their files say so) and have what the program and its libraries need, or say that they open
// (elf/notes.h); and what this system lacks of their needs and the tree has. Where nothing follows
// so: the profile gl, if the tree has any of it.
//
// Returns the options that say the same, with reasons; empty if nothing had to be chosen. Fails if
// nothing can be chosen, with the ways there are, or if a file of the program's is damaged.
std::string choose(survey::Options& options, const programs::Program& program);

// Whether that is the case: nothing else than the files of a plan says what such a start depends
// on.
bool is_to_choose(const survey::Options& options);

// The tree that is meant without a program; empty if there is none.
std::string tree_by_environment();

}  // namespace bulkhead::settings
