// Libraries that a capsule needs and nobody has: said before it is opened.
#include "base/text.h"
#include "plan/decide.h"

namespace bulkhead::plan {
namespace {

std::string_view searched_text(Arena& arena, const MissingLibrary& missing) {
  std::string_view text;
  if (!missing.searched.empty()) text = join(arena, {"; looked for in ", missing.searched});
  if (!missing.why.empty()) text = join(arena, {text, "; ", missing.why});
  return text;
}

}  // namespace

void look_for_libraries(Decision& decision) {
  Arena& arena = decision.arena;
  Plan& plan = decision.plan;
  for (const MissingLibrary& missing : decision.graphs.tree.missing) {
    if (is_always_shared(missing.name) || contains(plan.share.view(), missing.name)) continue;
    if (missing.needed_by == kNone) {
      if (!contains(decision.wishes.expose, missing.name)) continue;
      plan.lacks.push_back({missing.name,
                            join(arena, {"was asked for by --expose and is not in the tree ",
                                         decision.wishes.tree, searched_text(arena, missing)}),
                            "check the name and the tree"});
      continue;
    }
    if (!decision.in_capsule(missing.needed_by)) continue;
    const Node& user = decision.tree(missing.needed_by);
    if (decision.choices[missing.needed_by].later) {
      plan.notes.push_back(join(arena, {missing.name, " is not in the tree: ", user.name,
                                        ", which may be opened later, will not load"}));
      continue;
    }
    plan.lacks.push_back(
        {missing.name,
         join(arena, {"is needed by ", user.file, " and is not in the tree ", decision.wishes.tree,
                      missing.refused ? ", and the capsule is strict" : "",
                      searched_text(arena, missing)}),
         missing.refused ? "add it to the tree, or permit its path with --permit"
                         : join(arena, {"add it to the tree, or take this system's with --share ",
                                        missing.name})});
  }
  for (std::string_view name : plan.share) {
    if (decision.graphs.base.find(name) != nullptr) continue;
    if (!decision.graphs.has_program) continue;  // a program may bring it
    plan.lacks.push_back(
        {name, "is to be shared, but this system has no such library", "leave it out of --share"});
  }
}

// The libraries of glibc's, and libgcc_s, are the base's: distributions leave some out, or
// have them in packages of their own.
void look_for_parts(Decision& decision) {
  Arena& arena = decision.arena;
  Plan& plan = decision.plan;
  List<std::string_view> said(arena);
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (!decision.in_capsule(i)) continue;
    for (const Need& need : decision.tree(i).needs) {
      if (!is_always_shared(need.name) || decision.graphs.base.find(need.name) != nullptr ||
          (need.node != kNone && decision.in_capsule(need.node)) ||
          contains(said.view(), need.name)) {
        continue;
      }
      said.push_back(need.name);
      std::string_view why = "; it is shared with the program, and this system has none";
      if (decision.choices[i].later) {
        plan.notes.push_back(join(arena, {need.name, " is needed by ", decision.tree(i).file, why,
                                          ": it will not load, should it be opened"}));
        continue;
      }
      plan.lacks.push_back({need.name, join(arena, {"is needed by ", decision.tree(i).file, why}),
                            "install this system's package that has it"});
    }
  }
}

}  // namespace bulkhead::plan
