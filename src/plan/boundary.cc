// Boundary libraries: objects of them pass between the program and the capsule, so both
// sides must use one copy. Which, the imports of both sides decide.
#include "base/list.h"
#include "base/text.h"
#include "copies/prefer.h"
#include "plan/decide.h"

namespace bulkhead::plan {
namespace {

bool needs(const Node& node, std::string_view name) {
  for (const Need& need : node.needs) {
    if (need.name == name) return true;
  }
  return false;
}

std::string_view describe_gap(Arena& arena, const Service& service) {
  std::string_view at = service.lacks_version.empty() ? "" : "@";
  return service.importer.empty() ? join(arena, {service.lacks, at, service.lacks_version})
                                  : join(arena, {service.lacks, at, service.lacks_version, " (for ",
                                                 service.importer, ")"});
}

bool is_exposed(const Decision& decision, std::string_view name) {
  if (contains(decision.exposed, name)) return true;
  std::uint32_t index = decision.graphs.tree.index_of(name);
  return index != kNone && decision.choices[index].role == Role::exposed;
}

std::string_view needed_by_shared(const Decision& decision, std::string_view name) {
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    const Choice& choice = decision.choices[i];
    if (choice.role != Role::shared || is_always_shared(decision.tree(i).name)) continue;
    const Node* copy = decision.graphs.base.find(decision.tree(i).name);
    if (copy != nullptr && needs(*copy, name)) {
      return join(decision.arena, {"the base's ", copy->name, ", which is shared, needs it too"});
    }
  }
  return {};
}

// The profile that names it, and to whom programs pass its objects; null if none does.
const Profile* profile_naming(const Decision& decision, std::string_view name,
                              std::string_view& whom) {
  for (const Profile* profile : decision.wishes.profiles) {
    if (!contains(profile->boundary, name)) continue;
    whom = join(decision.arena, {"the ", profile->name, " libraries"});
    return profile;
  }
  for (std::string_view exposed : decision.exposed) {
    const Profile* profile = profile_of(decision.wishes.known_profiles, exposed);
    if (profile == nullptr || !contains(profile->boundary, name)) continue;
    whom = exposed;
    return profile;
  }
  return nullptr;
}

bool program_needs(const Decision& decision, std::string_view name) {
  std::span<const Node> nodes = decision.graphs.base.nodes;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    if (decision.of_program[i] && needs(nodes[i], name)) return true;
  }
  return false;
}

copies::Comparison preferred(const Decision& decision, const Node& node, const Node& base_copy) {
  std::string_view whom, side;
  const Profile* profile = profile_naming(decision, node.name, whom);
  side = copies::preference_for(decision.wishes.prefer, node.name, profile ? profile->name : "");
  if (side.empty()) return {};
  if (side != "newer")
    return {side == "tree", join(decision.arena, {"--prefer says the ", side, "'s"})};
  auto copy = [&](const Node& one) -> copies::Copy {
    auto resolve = decision.wishes.real_file;
    return {one.object, resolve != nullptr ? resolve(decision.arena, one.file) : one.file};
  };
  return copies::compare_copies(decision.arena, copy(node), copy(base_copy));
}

}  // namespace

std::string_view exposed_below(const Decision& decision, std::string_view name) {
  const Graph& base = decision.graphs.base;
  std::uint32_t start = base.index_of(name);
  if (start == kNone) return {};
  std::span<bool> seen = decision.arena.array<bool>(base.nodes.size());
  List<std::uint32_t> queue(decision.arena);
  queue.push_back(start);
  for (std::size_t next = 0; next < queue.size(); ++next) {
    for (const Need& need : base.nodes[queue[next]].needs) {
      if (is_exposed(decision, need.name)) return need.name;
      if (need.node == kNone || seen[need.node]) continue;
      seen[need.node] = true;
      queue.push_back(need.node);
    }
  }
  return {};
}

std::string_view boundary_reason(Decision& decision, std::uint32_t index) {
  Arena& arena = decision.arena;
  std::string_view name = decision.tree(index).name;
  if (std::string_view whom; profile_naming(decision, name, whom) != nullptr)
    return join(arena, {"programs pass its objects to ", whom});
  if (is_never_found(name) || decision.wishes.interposer) return {};
  // What nobody whom we know needs, a plugin may bring.
  if (!decision.choices[index].reached()) return needed_by_shared(decision, name);

  // Found: an exposed library needs it, and so does the program, or a library of the
  // program that uses an exposed one.
  const Graph& base = decision.graphs.base;
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (decision.choices[i].role != Role::exposed || !needs(decision.tree(i), name)) continue;
    for (std::uint32_t j = 0; j < base.nodes.size(); ++j) {
      if (!decision.of_program[j] || !needs(base.nodes[j], name)) continue;
      bool uses_exposed = j == 0 && decision.graphs.has_program;
      for (std::string_view exposed : decision.exposed) {
        uses_exposed = uses_exposed || needs(base.nodes[j], exposed);
      }
      if (uses_exposed) {
        return join(arena, {base.nodes[j].name, " and ", decision.tree(i).name, " both need it"});
      }
    }
  }
  return needed_by_shared(decision, name);
}

bool decide_boundary(Decision& decision, std::uint32_t index, std::string_view why) {
  Arena& arena = decision.arena;
  Choice& choice = decision.choices[index];
  const Node& node = decision.tree(index);
  const Node* base_copy = decision.graphs.base.find(node.name);
  if (base_copy == nullptr) {
    const bool exposed = program_needs(decision, node.name);
    settle(choice, exposed ? Role::exposed : Role::kept_private,
           join(arena, {why, "; this system has no copy to share"}));
    return exposed;
  }
  copies::Comparison wanted = preferred(decision, node, *base_copy);
  if (!wanted.why.empty()) why = join(arena, {why, "; ", wanted.why});
  if (wanted.tree && (choice.reached() || program_needs(decision, node.name))) {
    Service serves = serves_program(decision, node, index);
    if (serves.complete) {
      settle(choice, Role::exposed,
             join(arena, {why, ", and it has all ", decimal(arena, serves.count),
                          " symbols that the program imports"}));
      return true;
    }
    why = join(arena, {why, ", but it lacks ", describe_gap(arena, serves)});
  }
  Service base_serves = serves_capsule(decision, *base_copy, index);
  if (choice.circle.empty()) choice.circle = exposed_below(decision, node.name);
  if (base_serves.complete && choice.circle.empty()) {
    std::string_view has =
        choice.reached()
            ? join(arena, {"the base's copy has all ", decimal(arena, base_serves.count),
                           " symbols that the capsule imports from it"})
            : std::string_view{"the base's copy has every symbol of the tree's"};
    settle(choice, Role::shared, join(arena, {why, "; ", has}));
    choice.found = true;
    return true;
  }
  if (!choice.reached()) return false;
  std::string_view base_cannot =
      base_serves.complete
          ? join(arena, {"the base's copy needs ", choice.circle, ", which is exposed"})
          : join(arena, {"the base's copy lacks ", describe_gap(arena, base_serves)});
  Service tree_serves = serves_program(decision, node, index);
  if (tree_serves.complete) {
    settle(choice, Role::exposed,
           join(arena, {why, "; ", base_cannot, ", the tree's has all that the program imports"}));
    return true;
  }
  settle(choice, Role::kept_private,
         join(arena, {why, ", but ", base_cannot, " and the tree's lacks ",
                      describe_gap(arena, tree_serves)}));
  decision.plan.notes.push_back(join(arena, {"neither copy of ", node.name,
                                             " can serve both sides: objects of it must not "
                                             "be passed between the program and the capsule (",
                                             base_cannot, ")"}));
  return false;
}

}  // namespace bulkhead::plan
