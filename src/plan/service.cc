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
  return library.find(import.name, {}) != Node::Definition::none;
}

void check(Service& service, const Node& importer, const Node& original, const Node& candidate) {
  for_each_import(importer, [&](const Symbol& import) {
    if (!is_from(import, original)) return;
    ++service.count;
    if (candidate.find(import.name, import.version) != Node::Definition::none) return;
    if (import.weak || !service.complete) return;
    service.complete = false;
    service.lacks = import.name;
    service.lacks_version = import.version;
    service.importer = importer.name;
  });
}

}  // namespace

Service serves_capsule(const Decision& decision, const Node& candidate, std::uint32_t index) {
  Service service;
  std::span<const Node> nodes = decision.graphs.tree.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (i != index && decision.in_capsule(i)) check(service, nodes[i], nodes[index], candidate);
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
    check(service, nodes[i], original == nullptr ? candidate : *original, candidate);
  }
  return service;
}

bool is_of_toolchain(std::string_view name) {
  return name == "__gmon_start__" || name == "_ITM_deregisterTMCloneTable" ||
         name == "_ITM_registerTMCloneTable";
}

}  // namespace bulkhead::plan
