// The plan: for every library of a capsule, whether it is private, shared or exposed, and
// why. Pure: the same graphs and wishes give the same plan, and nothing is touched.
//
// What is decided, in this order (docs/how-it-works.md has the reasons):
//   1. the glibc family and libgcc_s are shared;
//   2. what the user asked for by --share, --private and --expose;
//   3. the family of an exposed library (the libraries of OpenGL hold one dispatch table
//      together) is exposed with it;
//   4. libraries that were linked with -z unique are shared;
//   5. boundary libraries, objects of which both sides pass to each other: shared if the
//      base's copy has all that the capsule imports from it and needs nothing exposed, else
//      exposed if the tree's copy has all that the program imports from it, else private, with
//      a note (the tree's copy first if that is preferred). Named by a profile, or
//      found: an exposed library and the program both need it; or a shared library of the base and
//      the capsule both need it;
//   6. everything else is private.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "plan/graph.h"
#include "plan/profile.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::plan {

// What the user asked for. Names are SONAMEs.
struct Wishes {
  std::string_view tree;
  std::span<const std::string_view> expose;
  std::span<const std::string_view> share;
  std::span<const std::string_view> keep_private;
  Profiles profiles;        // by --profile
  Profiles known_profiles;  // all there are: exposing one of a family brings it along
  std::span<const std::string_view> prefer;  // of boundary libraries: see copies/prefer.h
  // Finds a file's path without links: copies/prefer.h. Null: as it is.
  std::string_view (*real_file)(Arena& arena, std::string_view path) = nullptr;
  // The exposed library is a tool that interposes in the program: what both need is no sign that
  // they pass objects of it to each other.
  bool interposer = false;
  bool may_expose_nothing = false;  // for a program that opens libraries in the capsule itself
  // Nothing of this system is loaded but what is shared, and what lies at or below these paths.
  bool strict = false;
  std::span<const std::string_view> permit = {};
};

// The two graphs. Node 0 of `base` is the program if `has_program` is set; other nodes of
// the base that it does not need are libraries which it could be given.
struct Graphs {
  Graph tree;
  Graph base;
  bool has_program = false;
  // What the tree's libraries would open by themselves (names in `tree`).
  std::span<const std::string_view> plugins = {};
  // libbulkhead-compat*.so.0: symbols that an older base lacks.
  std::span<const Node> compat = {};
};

enum class Role : std::uint8_t { kept_private, shared, exposed };
std::string_view name_of(Role role);  // "private", "shared", "exposed"

struct Entry {
  std::string_view name;
  std::string_view file;    // the copy that is used; empty if there is none
  std::string_view reason;  // a sentence
  Role role = Role::kept_private;
  // Not opened with the exposed libraries: a plugin, or what only a plugin needs.
  bool later = false;
};

// Something that would end the program, or keep it from starting.
struct Lack {
  std::string_view what;    // "libfoo.so.1", or "strlcpy, version GLIBC_2.38"
  std::string_view detail;  // who needs it, where it was looked for
  std::string_view advice;
};

struct Plan {
  explicit Plan(Arena& arena)
      : entries(arena),
        expose(arena),
        share(arena),
        keep_private(arena),
        of_program(arena),
        lacks(arena),
        notes(arena) {}

  std::string_view tree;
  bool strict = false;
  std::span<const std::string_view> permit;
  List<Entry> entries;  // breadth first from the exposed libraries
  // For handoff::Request.
  List<std::string_view> expose, share, keep_private;
  // Symbols without a version that nothing in the capsule defines, and the program does, or may.
  List<std::string_view> of_program;
  List<Lack> lacks;              // not empty: the program must not be started
  List<std::string_view> notes;  // worth knowing, nothing stops for them
};

}  // namespace bulkhead::plan
