// The second half of a survey: what this system has for the program, and for the capsule to share.
#pragma once

#include <optional>
#include <vector>

#include "base/arena.h"
#include "plan/graph.h"
#include "programs/base_glibc.h"
#include "programs/program.h"
#include "resolve/closure.h"
#include "resolve/search.h"
#include "resolve/tree.h"
#include "survey/installation.h"
#include "survey/tree_side.h"

namespace bulkhead::survey {

// Stays where it is made: the searcher points to the tree.
struct BaseSide {
  explicit BaseSide(Arena& arena);

  resolve::Tree tree;  // "/"
  // The rest is filled by look_at_base.
  std::optional<resolve::Searcher> searcher;
  std::optional<resolve::Closure> closure;
  plan::Graph graph;  // node 0 is the program, if there is one
  programs::ForeignLinker linker;
  // Files of this system's for exposed libraries that a search for their names does not find.
  std::vector<resolve::Place> native;
};

// Fills the searcher: what LD_LIBRARY_PATH says counts. A program that brings its own dynamic
// linker has the libraries that this one finds, and that is filled, too. `program` may be null.
void open_base_searcher(Arena& arena, const programs::Program* program, BaseSide& side);

// Finds the program's libraries, and every library that the capsule may want of this system.
// `program` may be null. Failures: this system has no glibc; a library of it is damaged.
void look_at_base(Arena& arena, const programs::Program* program, const TreeSide& tree,
                  const std::vector<OwnLibrary>& own_libraries, BaseSide& side, Stamp& stamp);

}  // namespace bulkhead::survey
