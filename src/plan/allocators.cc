#include "base/text.h"
#include "plan/decide.h"

namespace bulkhead::plan {

// A program has one heap, from before its first library on: what gives memory must be there then.
void look_for_allocators(Decision& decision) {
  if (decision.wishes.interposer) return;  // which sees to that
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (decision.choices[i].role != Role::exposed) continue;
    const Node& library = decision.tree(i);
    if (library.find("malloc", {}) != Node::Definition::ordinary ||
        library.find("free", {}) != Node::Definition::ordinary) {
      continue;
    }
    decision.plan.lacks.push_back(
        {library.name,
         join(decision.arena, {"replaces malloc and free, and is to be exposed; ", library.file,
                               " would be asked for memory before it can be opened"}),
         join(decision.arena, {"bulkhead preload ", library.file, " -- PROGRAM"})});
  }
}

}  // namespace bulkhead::plan
