// The first half of a survey: what the tree has for a capsule.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "messages/warning.h"
#include "plan/plan.h"
#include "resolve/closure.h"
#include "resolve/search.h"
#include "resolve/tree.h"
#include "survey/findings.h"
#include "survey/options.h"

namespace bulkhead::survey {

// Stays where it is made: the searcher points to the tree. Views live in the survey's arena.
struct TreeSide {
  // Opens the tree. Failures: there is no such directory.
  TreeSide(Arena& arena, const Options& options);

  resolve::Tree tree;
  resolve::Searcher searcher;
  // The rest is filled by look_at_tree.
  std::optional<resolve::Confines> confines;  // of a strict capsule
  std::optional<resolve::Closure> closure;
  plan::Wishes wishes;
  plan::Graph graph;
  std::span<const std::string_view> plugins;  // names in `graph`
  std::span<const std::string_view> exposed;  // of plan::choose_exposed
  std::vector<std::string> profile_maps;      // FROM=TO
  std::vector<std::string> other_names;       // FROM=TO, of files by names that the tree has not
  std::vector<std::string> possible_maps;     // FROM, whether this tree has it or not
  std::vector<std::string> environment;       // NAME=VALUE, of the profiles in force
  std::vector<std::string> of_examples;       // see directories_of_examples
  std::vector<std::string> to_join;           // directories of both sides
  std::vector<std::string> path_variables;    // names of those that name their files
};

// Finds what the capsule's libraries would be: the wishes with their dependencies, and what the
// profiles in force add. Failures: a library to be exposed is missing or damaged; wishes that
// contradict each other.
void look_at_tree(Arena& arena, const Options& options, TreeSide& side, Findings& findings);

// The stamp then holds as long as these files are as they are.
void remember(const resolve::Closure& closure, const resolve::Searcher& searcher, Stamp& stamp);

}  // namespace bulkhead::survey
