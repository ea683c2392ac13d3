#include "plan/graph.h"

#include "arch/machine.h"
#include "base/list.h"
#include "elf/relocs.h"

namespace bulkhead::plan {
namespace {

Node::Definition kind_of(bool thread_local_data) {
  return thread_local_data ? Node::Definition::thread_local_data : Node::Definition::ordinary;
}

}  // namespace

Node::Definition Node::find(const elf::SymbolName& symbol, std::string_view version) const {
  for (const Symbol& each : exports) {
    if (each.name == symbol.text() &&
        (version.empty() || each.version.empty() || each.version == version)) {
      return kind_of(each.thread_local_data);
    }
  }
  if (object == nullptr) return Definition::none;
  const elf::GnuHash* gnu = object->symbols.gnu();
  if (gnu != nullptr && !gnu->may_contain(symbol.gnu_hash())) return Definition::none;
  std::optional<elf::SymbolIndex> index = object->find(symbol, version);
  if (!index) return Definition::none;
  return kind_of(elf::symbol_type(object->symbols[*index]) == STT_TLS);
}

bool Node::defines_version(std::string_view version) const {
  for (const Symbol& each : exports) {
    if (each.version == version) return true;
  }
  return object != nullptr && object->versions.defines(version);
}

bool Node::has_versions() const {
  for (const Symbol& each : exports) {
    if (!each.version.empty()) return true;
  }
  return object != nullptr && !object->versions.definitions().empty();
}

std::uint32_t Graph::index_of(std::string_view name) const {
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].name == name) return i;
  }
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].asked_for == name) return i;
  }
  return kNone;
}

std::span<const Symbol> Imports::of(std::size_t node) const {
  if (!all_[node].empty()) return all_[node];
  List<Symbol> list(arena_);
  for (const Symbol& symbol : graph_.nodes[node].imports) list.push_back(symbol);
  if (const elf::Object* object = graph_.nodes[node].object) elf::append_references(*object, list);
  return all_[node] = list.view();
}

void describe_object(Node& node, const elf::Object& object) {
  node.object = &object;
  node.unique = object.dynamic.is_unique();
  node.packed_static_tls = elf::packs_static_tls(object.image, object.dynamic);
  const elf::Phdr* stack = object.image.find_header(PT_GNU_STACK);
  node.executable_stack =
      stack == nullptr ? arch::Native::kStackExecutableByDefault : (stack->p_flags & PF_X) != 0;
}

Result<Graph> graph_of(Arena& arena, const resolve::Closure& closure) {
  List<Node> nodes(arena);
  for (const resolve::Library& library : closure.libraries()) {
    Result<elf::Object> object = elf::Object::read(arena, library.image);
    if (!object) return about(object.error(), library.host_path);
    if (Status names = object->check_names(); !names) {
      return about(names.error(), library.host_path);
    }
    List<Need> needs(arena);
    for (const resolve::Need& need : library.needs) needs.push_back({need.name, need.library});
    Node node;
    node.name = library.known_as();
    node.asked_for = library.name;
    node.file = library.host_path;
    node.needs = needs.view();
    describe_object(node, *arena.create<elf::Object>(*object));
    nodes.push_back(node);
  }
  List<MissingLibrary> missing(arena);
  for (const resolve::Missing& each : closure.missing()) {
    missing.push_back({each.name, each.needed_by, each.searched, each.why, each.refused});
  }
  return Graph{nodes.view(), missing.view()};
}

bool is_bound_at_load(const Node& node, std::string_view symbol) {
  if (node.object == nullptr) return true;
  const elf::Object& object = *node.object;
  if ((object.dynamic.flags & DF_BIND_NOW) != 0 || (object.dynamic.flags_1 & DF_1_NOW) != 0) {
    return true;
  }
  bool bound = false;
  Status status = elf::for_each_relocation(
      object.image, object.dynamic, [&](const elf::Relocation& relocation) {
        if (relocation.type == arch::Native::kJumpSlot) return;
        const std::optional<elf::SymbolIndex> index = object.symbols.index(relocation.symbol);
        if (index && object.symbols.is_named(*index, symbol)) bound = true;
      });
  return bound || !status;
}

}  // namespace bulkhead::plan
