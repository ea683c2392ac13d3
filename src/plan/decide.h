// The state of a decision, shared by the files that make a plan; nobody else includes it.
#pragma once

#include "plan/plan.h"

namespace bulkhead::plan {

struct Choice {
  Role role = Role::kept_private;
  bool settled = false;  // by a rule or a wish; boundary rules leave it alone
  bool now = false;      // opened with the exposed libraries
  bool later = false;    // opened by a plugin
  bool found = false;    // shared by decide_boundary
  std::string_view reason;
  std::uint32_t needed_by = kNone;
  // Set if sharing it went in a circle: see exposed_below. Kept when everything is decided anew.
  std::string_view circle;

  bool reached() const { return now || later; }
};

struct Decision {
  Arena& arena;
  const Wishes& wishes;
  const Graphs& graphs;
  std::span<const std::string_view> exposed;  // of choose_exposed
  std::span<Choice> choices;                  // one for each node of the tree
  std::span<bool> of_program;                 // one for each node of the base: loaded natively
  Plan& plan;
  Imports tree_imports, base_imports;

  const Node& tree(std::uint32_t index) const { return graphs.tree.nodes[index]; }
  // Nodes that are loaded from the tree.
  bool in_capsule(std::uint32_t index) const {
    return choices[index].reached() && choices[index].role != Role::shared;
  }
};

inline void settle(Choice& choice, Role role, std::string_view reason) {
  choice.role = role;
  choice.settled = true;
  choice.reason = reason;
}

// Why a library may be a boundary library; empty if nothing speaks for it.
std::string_view boundary_reason(Decision& decision, std::uint32_t index);
// Settles the role of one if it can. Returns whether it became another one.
bool decide_boundary(Decision& decision, std::uint32_t index, std::string_view why);

// An exposed library that the base's copy of a library needs, itself or through others; empty if
// there is none. Such a copy cannot be shared: it would have to be initialised before the capsule
// is opened, and calls what is not there before.
std::string_view exposed_below(const Decision& decision, std::string_view name);

// A copy of a library may not be usable for all who import from it.
struct Service {
  bool complete = true;
  std::size_t count = 0;   // imports that were looked at
  std::string_view lacks;  // the first symbol that is not there
  std::string_view lacks_version;
  std::string_view importer;
};

// Whether `candidate` has all that the capsule's libraries import from the tree's copy
// (node `index`), or all that the program's libraries import from the base's copy.
Service serves_capsule(const Decision& decision, const Node& candidate, std::uint32_t index);
Service serves_program(const Decision& decision, const Node& candidate, std::uint32_t index);

// What compilers import in every object, for somebody who is rarely there.
bool is_of_toolchain(std::string_view name);

// Fills Plan::lacks and notes: libraries, versions and symbols that nobody has.
void look_for_lacks(Decision& decision);
// The libraries among these; and the parts of glibc.
void look_for_libraries(Decision& decision);
void look_for_parts(Decision& decision);
// The same for exposed libraries that replace malloc: see allocators.cc.
void look_for_allocators(Decision& decision);
// The same for what the program uses without listing it, as natively it may what an exposed library
// needs, where that is private.
void look_for_private_names(Decision& decision);

}  // namespace bulkhead::plan
