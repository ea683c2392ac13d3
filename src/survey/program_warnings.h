// What in the program itself will surprise the user who gives it libraries of a tree.
#pragma once

#include <vector>

#include "messages/warning.h"
#include "plan/plan.h"
#include "survey/base_side.h"
#include "survey/findings.h"
#include "survey/tree_side.h"

namespace bulkhead::survey {

// A DT_RPATH comes before LD_LIBRARY_PATH, where the shims are. The exposed libraries that the
// program, or a library that it begins with, needs and would find so: their shims are to be
// preloaded. Others are warned of.
std::vector<std::string> find_bypassed(const plan::Plan& plan, const programs::Program& program,
                                       const BaseSide& base,
                                       std::vector<messages::Warning>& warnings);

// So does what LD_PRELOAD names.
void warn_of_preloaded(Arena& arena, plan::Plan& plan, BaseSide& base, Findings& findings);

// So does a script that calls a dynamic linker: its --library-path counts instead of
// LD_LIBRARY_PATH. Scripts that the first one starts are not looked at.
void warn_of_linkers_in_scripts(const programs::Program& program,
                                std::vector<messages::Warning>& warnings);

// Libraries that the program needs and this system lacks.
void warn_of_absent(const plan::Plan& plan, const BaseSide& base, TreeSide& tree,
                    std::vector<messages::Warning>& warnings);

// What is exposed, and the program does not need: a note, since it may open that, or start what
// needs it; a warning if it can do neither, and needs nothing of what is exposed.
void look_for_unneeded(Arena& arena, const plan::Wishes& wishes, plan::Plan& plan,
                       const programs::Program& program, const BaseSide& base,
                       std::vector<messages::Warning>& warnings);

// Without a known program: libraries to share that this system has nowhere, or only where a program
// with search paths of its own finds them.
void warn_of_awaited(const plan::Plan& plan, const BaseSide& base,
                     std::vector<messages::Warning>& warnings);

// Variables of which, natively too, the program and the exposed library have an object each.
void warn_of_copies(Arena& arena, const plan::Plan& plan, const BaseSide& base,
                    const TreeSide& tree, std::vector<messages::Warning>& warnings);

}  // namespace bulkhead::survey
