// Names of private libraries, which are not there for the program: said before it starts.
#include "base/text.h"
#include "elf/hash.h"
#include "plan/decide.h"

namespace bulkhead::plan {
namespace {

// The private library that has a name which the program could have from no other; null if there is
// none, or another one has it.
const Node* only_private_one_with(const Decision& decision, const Symbol& import) {
  const elf::SymbolName name = import.symbol_name();
  auto has = [&](const Node& node) { return node.find(name, {}) != Node::Definition::none; };
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    bool loaded = decision.of_program[i] || is_always_shared(nodes[i].name) ||
                  contains(decision.plan.share.view(), nodes[i].name);
    if (loaded && has(nodes[i])) return nullptr;
  }
  const Node* found = nullptr;
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (!decision.in_capsule(i) || !has(decision.tree(i))) continue;
    if (decision.choices[i].role == Role::exposed) return nullptr;
    if (found == nullptr && decision.choices[i].now) found = &decision.tree(i);
  }
  return found;
}

}  // namespace

void look_for_private_names(Decision& decision) {
  Arena& arena = decision.arena;
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (!decision.of_program[i]) continue;
    for (const Symbol& import : decision.base_imports.of(i)) {
      if (import.weak || !import.file.empty()) continue;
      const Node* library = only_private_one_with(decision, import);
      if (library == nullptr) continue;
      std::string_view detail = join(
          arena, {"is imported by ", nodes[i].file, ", which does not say from where, and only ",
                  library->name, " has it, which is private"});
      if (is_bound_at_load(nodes[i], import.name)) {
        decision.plan.lacks.push_back(
            {import.name, detail, join(arena, {"expose ", library->name, " as well"})});
      } else {
        decision.plan.notes.push_back(
            join(arena, {import.name, " ", detail, ": a call would end the program; expose ",
                         library->name, " as well"}));
      }
    }
  }
}

}  // namespace bulkhead::plan
