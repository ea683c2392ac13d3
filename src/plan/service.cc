// Can one copy of a library stand for another? It can if it defines every symbol, in the
// same version, that somebody imports from the other.
#include "elf/hash.h"
#include "plan/decide.h"

namespace bulkhead::plan {
namespace {

// Does this import mean `library`? A version names its file; without a version it is
// taken to, if the copy that the importer was linked with defines it.
bool is_from(const Symbol& import, const Node& library) {
  if (!import.file.empty()) return import.file == library.name;
  return library.find(import.symbol_name(), {}) != Node::Definition::none;
}

void check(Service& service, std::string_view importer, std::span<const Symbol> imports,
           const Node& original, const Node& candidate) {
  for (const Symbol& import : imports) {
    if (!is_from(import, original)) continue;
    ++service.count;
    if (candidate.find(import.symbol_name(), import.version) != Node::Definition::none) continue;
    if (import.weak || !service.complete) continue;
    service.complete = false;
    service.lacks = import.name;
    service.lacks_version = import.version;
    service.importer = importer;
  }
}

}  // namespace

Service serves_capsule(const Decision& decision, const Node& candidate, std::uint32_t index) {
  Service service;
  std::span<const Node> nodes = decision.graphs.tree.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (i == index || !decision.in_capsule(i)) continue;
    check(service, nodes[i].name, decision.tree_imports.of(i), nodes[index], candidate);
  }
  if (decision.choices[index].reached()) return service;
  // Nobody whom we know needs it; whoever opens it later may use anything it has.
  for_each_export(nodes[index], [&](const Symbol& symbol) {
    ++service.count;
    if (candidate.find(symbol.name, symbol.version) != Node::Definition::none) return;
    if (service.complete) service.lacks = symbol.name;
    if (service.complete) service.lacks_version = symbol.version;
    service.complete = false;
  });
  return service;
}

Service serves_program(const Decision& decision, const Node& candidate, std::uint32_t index) {
  Service service;
  const Node* original = decision.graphs.base.find(decision.tree(index).name);
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (!decision.of_program[i] || &nodes[i] == original) continue;
    check(service, nodes[i].name, decision.base_imports.of(i),
          original == nullptr ? candidate : *original, candidate);
  }
  return service;
}

bool is_of_toolchain(std::string_view name) {
  return name == "__gmon_start__" || name == "_ITM_deregisterTMCloneTable" ||
         name == "_ITM_registerTMCloneTable";
}

}  // namespace bulkhead::plan
