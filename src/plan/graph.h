// What the plan looks at: libraries, what they need of each other, and their symbols.
//
// One Graph for the tree and one for the base. Both are made from closures that
// src/resolve found; a test writes them by hand.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/result.h"
#include "elf/references.h"
#include "resolve/closure.h"

namespace bulkhead::plan {

inline constexpr std::uint32_t kNone = resolve::kNone;

// As one library imports it or another defines it.
using Symbol = elf::Reference;

struct Need {
  std::string_view name;
  std::uint32_t node;  // kNone: not in this graph
};

// A version that a library asks for, whether it imports a symbol of it or not. ld.so looks
// into the version definitions of that file, and loads nothing if it is not there.
struct Requirement {
  std::string_view version;
  std::string_view file;
  bool weak = false;  // VER_FLG_WEAK: it may be absent
};

struct Node {
  std::string_view name;       // what others call it: SONAME, or the name it was asked for by
  std::string_view asked_for;  // the first name it was asked for by
  std::string_view file;       // as this process reaches it
  std::span<const Need> needs;
  bool unique = false;             // linked with -z unique
  bool packed_static_tls = false;  // see elf::packs_static_tls
  bool executable_stack = false;   // asks for one, also by not saying anything about it

  // The symbols: of a file, or (in tests) as lists.
  const elf::Object* object = nullptr;
  std::span<const Symbol> imports = {};
  std::span<const Symbol> exports = {};
  std::span<const Requirement> requirements = {};

  // The definition that ld.so would bind such a reference to, if there is one.
  enum class Definition : std::uint8_t { none, ordinary, thread_local_data };
  Definition find(const elf::SymbolName& symbol, std::string_view version) const;
  bool defines_version(std::string_view version) const;
  bool has_versions() const;
};

struct MissingLibrary {
  std::string_view name;
  std::uint32_t needed_by;  // kNone: asked for by the user
  std::string_view searched;
  std::string_view why;
  bool refused = false;  // it lies where a strict capsule may not load it from
};

struct Graph {
  std::span<const Node> nodes;
  std::span<const MissingLibrary> missing;

  // By name or by the name asked for; kNone if there is none.
  std::uint32_t index_of(std::string_view name) const;
  const Node* find(std::string_view name) const {
    std::uint32_t index = index_of(name);
    return index == kNone ? nullptr : &nodes[index];
  }
};

// The views live as long as `closure` and `arena`. Errors: damaged tables, with the file.
Result<Graph> graph_of(Arena& arena, const resolve::Closure& closure);

// What a file's bytes say: all of a node but its names and needs.
void describe_object(Node& node, const elf::Object& object);

// Calls `visit(const Symbol&)` for each undefined symbol of a library.
template <class Visit>
void for_each_import(const Node& node, Visit visit) {
  for (const Symbol& symbol : node.imports) visit(symbol);
  if (node.object != nullptr) elf::for_each_reference(*node.object, visit);
}

// The same for several times. Each node's are read at the first.
class Imports {
 public:
  Imports(Arena& arena, const Graph& graph)
      : arena_(arena),
        graph_(graph),
        all_(arena.array<std::span<const Symbol>>(graph.nodes.size())) {}
  std::span<const Symbol> of(std::size_t node) const;

 private:
  Arena& arena_;
  const Graph& graph_;
  std::span<std::span<const Symbol>> all_;
};

// The same for what it exports; `file` stays empty.
template <class Visit>
void for_each_export(const Node& node, Visit visit) {
  for (const Symbol& symbol : node.exports) visit(symbol);
  if (node.object == nullptr) return;
  const elf::Object& object = *node.object;
  for (elf::SymbolIndex i : object.symbols.indices()) {
    if (!elf::is_exported(object.symbols[i])) continue;
    visit(Symbol{object.symbols.name(i),
                 object.versions.name(i),
                 {},
                 false,
                 elf::symbol_type(object.symbols[i]) == STT_TLS});
  }
}

// Calls `visit(const Requirement&)` for each version that a library asks for.
template <class Visit>
void for_each_requirement(const Node& node, Visit visit) {
  for (const Requirement& requirement : node.requirements) visit(requirement);
  if (node.object == nullptr) return;
  for (const elf::VersionNeed& need : node.object->versions.needs()) {
    visit(Requirement{need.name, need.file, (need.flags & VER_FLG_WEAK) != 0});
  }
}

// Whether an undefined symbol is asked for when the library is loaded, rather than at the
// first call of it: it has another relocation than a PLT slot's, or the library was
// linked with -z now.
bool is_bound_at_load(const Node& node, std::string_view symbol);

}  // namespace bulkhead::plan
