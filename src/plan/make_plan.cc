#include "plan/make_plan.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "plan/decide.h"
#include "plan/wishes.h"

namespace bulkhead::plan {
namespace {

using Names = std::span<const std::string_view>;

std::string_view option_of(Wish wish) {
  switch (wish) {
    case Wish::expose: return "--expose";
    case Wish::share: return "--share";
    case Wish::keep_private: return "--private";
  }
  return "";
}

Status check_wishes(Arena& arena, const Wishes& wishes) {
  auto found = find_contradiction({wishes.expose, wishes.share, wishes.keep_private});
  if (!found) return {};
  std::string_view option = option_of(found->wish);
  switch (found->kind) {
    case Contradiction::Kind::part_of_glibc:
      return fail(Fault::conflict, join(arena, {"cannot be given to ", option}), found->name,
                  "there is one glibc in a process, the program's, and all of it is shared",
                  "leave it out");
    case Contradiction::Kind::always_shared:
      return fail(Fault::conflict, join(arena, {"cannot be given to ", option}), found->name,
                  "the program's serves every capsule, so that exceptions and cancelled threads "
                  "can cross the border",
                  "leave it out; what newer GCCs add to it comes from the tree's by itself");
    case Contradiction::Kind::two_wishes:
      return fail(Fault::conflict,
                  join(arena, {"is given both to ", option, " and to ", option_of(found->other)}),
                  found->name, {}, "keep one of them");
  }
  return {};
}

// Loaded natively: what the program reaches without going through an exposed library.
void mark_program(Decision& decision) {
  const Graph& base = decision.graphs.base;
  if (!decision.graphs.has_program || base.nodes.empty()) return;
  List<std::uint32_t> queue(decision.arena);
  queue.push_back(0);
  decision.of_program[0] = true;
  for (std::size_t next = 0; next < queue.size(); ++next) {
    for (const Need& need : base.nodes[queue[next]].needs) {
      if (need.node == kNone || decision.of_program[need.node]) continue;
      if (contains(decision.exposed, base.nodes[need.node].name)) continue;
      decision.of_program[need.node] = true;
      queue.push_back(need.node);
    }
  }
}

constexpr std::string_view kFamilyReason = "glibc: there is one in a process, the program's";
constexpr std::string_view kRuntime = "libbulkhead.so.0";
constexpr std::string_view kLibgccReason =
    "exceptions and thread cancellation cross the border through it";

std::string_view why_always_shared(std::string_view name) {
  if (is_glibc_family(name)) return kFamilyReason;
  return name == kRuntime ? "there is one in a process, which tools and programs call"
                          : kLibgccReason;
}

std::string_view why_exposed(Decision& decision, std::string_view name) {
  const Wishes& wishes = decision.wishes;
  if (wishes.interposer) return "the tool to be preloaded";
  if (contains(wishes.expose, name)) return "asked for by --expose";
  for (const Profile* profile : wishes.profiles) {
    if (contains(profile->expose, name)) {
      return join(decision.arena, {"asked for by --profile ", profile->name});
    }
  }
  for (std::string_view other : wishes.expose) {
    const Profile* profile = profile_of(wishes.known_profiles, other);
    if (profile != nullptr && contains(profile->family, name)) {
      return join(decision.arena,
                  {"belongs to the ", profile->name, " family, as ", other, " does"});
    }
  }
  return "asked for by --expose";
}

// The profile in force that has each side's own; nullptr if none has.
const Profile* keeper_of(const Decision& decision, std::string_view name) {
  for (const Profile* profile : decision.wishes.profiles) {
    if (contains(profile->keep_private, name)) return profile;
  }
  for (std::string_view exposed : decision.exposed) {
    const Profile* profile = profile_of(decision.wishes.known_profiles, exposed);
    if (profile != nullptr && contains(profile->keep_private, name)) return profile;
  }
  return nullptr;
}

// Rules 1 to 4: what is known before anybody looks at symbols.
void settle_by_rule(Decision& decision) {
  const Wishes& wishes = decision.wishes;
  const Graph& base = decision.graphs.base;
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    Choice& choice = decision.choices[i];
    const Node& node = decision.tree(i);
    if (is_glibc_family(node.name)) {
      settle(choice, Role::shared, kFamilyReason);
    } else if (contains(decision.exposed, node.name)) {
      settle(choice, Role::exposed, why_exposed(decision, node.name));
    } else if (contains(wishes.share, node.name)) {
      settle(choice, Role::shared, "asked for by --share");
    } else if (contains(wishes.keep_private, node.name)) {
      settle(choice, Role::kept_private, "asked for by --private");
      if (is_always_shared(node.name)) {
        decision.plan.notes.push_back(join(
            decision.arena, {node.name,
                             " is private because --private says so: an exception or a thread's "
                             "cancellation that crosses the border will end the program"}));
      }
    } else if (const Profile* keeper = keeper_of(decision, node.name); keeper != nullptr) {
      settle(choice, Role::kept_private,
             join(decision.arena, {"the ", keeper->name,
                                   " libraries open others by it, and the program has its own"}));
      add_once(decision.plan.keep_private, node.name);
    } else if (is_always_shared(node.name)) {
      if (base.find(node.name) != nullptr) {
        settle(choice, Role::shared, why_always_shared(node.name));
      } else {
        settle(choice, Role::kept_private, "this system has none to share");
        add_once(decision.plan.keep_private, node.name);
      }
    } else if (node.unique) {
      if (base.find(node.name) != nullptr) {
        settle(choice, Role::shared, "linked with -z unique: it must exist once in a process");
      } else {
        settle(choice, Role::kept_private,
               "linked with -z unique, but this system has none to share");
      }
    }
  }
}

struct Step {
  std::uint32_t node;  // kNone: a library that the base provides and the tree need not have
  std::string_view name;
};

// Who is loaded, breadth first. What a shared library needs in the tree is not loaded
// for its sake: the base's copy has its own.
void follow(Decision& decision, List<Step>& order, std::size_t from, bool later) {
  for (std::size_t next = from; next < order.size(); ++next) {
    Step step = order[next];
    if (step.node == kNone || decision.choices[step.node].role == Role::shared) continue;
    for (const Need& need : decision.tree(step.node).needs) {
      if (need.node == kNone) {
        bool known = false;
        for (const Step& each : order) known = known || each.name == need.name;
        if (!known && is_always_shared(need.name)) order.push_back({kNone, need.name});
        continue;
      }
      Choice& choice = decision.choices[need.node];
      if (choice.reached()) continue;
      (later ? choice.later : choice.now) = true;
      choice.needed_by = step.node;
      order.push_back({need.node, decision.tree(need.node).name});
    }
  }
}

void reach(Decision& decision, List<Step>& order) {
  order.truncate(0);
  for (Choice& choice : decision.choices) {
    choice.now = choice.later = false;
    choice.needed_by = kNone;
  }
  auto start = [&](std::uint32_t index, bool later) {
    if (index == kNone || decision.choices[index].reached()) return;
    (later ? decision.choices[index].later : decision.choices[index].now) = true;
    order.push_back({index, decision.tree(index).name});
  };
  for (std::string_view name : decision.exposed) start(decision.graphs.tree.index_of(name), false);
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (decision.choices[i].role == Role::exposed) start(i, false);
  }
  follow(decision, order, 0, false);
  std::size_t first_plugin = order.size();
  for (std::string_view name : decision.graphs.plugins)
    start(decision.graphs.tree.index_of(name), true);
  follow(decision, order, first_plugin, true);
}

// Each change may bring new neighbours, or take some away: until nothing changes.
void settle_boundaries(Decision& decision, List<Step>& order) {
  for (std::size_t round = 0; round <= decision.choices.size(); ++round) {
    bool changed = false;
    for (std::uint32_t i = 0; i < decision.choices.size() && !changed; ++i) {
      if (decision.choices[i].settled) continue;
      std::string_view why = boundary_reason(decision, i);
      if (!why.empty()) changed = decide_boundary(decision, i, why);
    }
    if (!changed) return;
    reach(decision, order);
  }
}

// What was exposed last may be needed by a library that was shared before. Then all is decided anew
// without that; each library can be such a one only once.
void decide_boundaries(Decision& decision, List<Step>& order) {
  for (;;) {
    settle_by_rule(decision);
    reach(decision, order);
    settle_boundaries(decision, order);
    bool circle = false;
    for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
      Choice& choice = decision.choices[i];
      if (!choice.found || choice.role != Role::shared) continue;
      choice.circle = exposed_below(decision, decision.tree(i).name);
      circle = circle || !choice.circle.empty();
    }
    if (!circle) return;
    decision.plan.notes.truncate(0);
    for (Choice& choice : decision.choices) choice = Choice{.circle = choice.circle};
  }
}

void add_entry(Decision& decision, const Entry& entry) {
  Plan& plan = decision.plan;
  plan.entries.push_back(entry);
  bool by_rule = is_always_shared(entry.name);
  if (entry.role == Role::exposed) add_once(plan.expose, entry.name);
  if (entry.role == Role::shared && !by_rule) add_once(plan.share, entry.name);
  debug(Topic::plan, {entry.name, " is ", name_of(entry.role), ": ", entry.reason});
}

void write_entries(Decision& decision, const List<Step>& order) {
  const Graph& base = decision.graphs.base;
  auto base_file = [&](std::string_view name) {
    const Node* copy = base.find(name);
    return copy == nullptr ? std::string_view{} : copy->file;
  };
  for (const Step& step : order) {
    if (step.node == kNone) {
      add_entry(decision, {step.name, base_file(step.name), why_always_shared(step.name),
                           Role::shared, false});
      continue;
    }
    const Choice& choice = decision.choices[step.node];
    const Node& node = decision.tree(step.node);
    std::string_view reason = choice.reason;
    if (reason.empty()) {
      reason = choice.needed_by == kNone
                   ? std::string_view{"opened by an exposed library when it runs"}
                   : join(decision.arena, {"needed by ", decision.tree(choice.needed_by).name});
    }
    add_entry(decision, {node.name, choice.role == Role::shared ? base_file(node.name) : node.file,
                         reason, choice.role, choice.later});
  }
  // Shared in case somebody in the capsule opens it later.
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    const Choice& choice = decision.choices[i];
    std::string_view name = decision.tree(i).name;
    if (choice.reached() || choice.role != Role::shared || is_always_shared(name)) continue;
    add_entry(decision, {name, base_file(name), choice.reason, Role::shared, true});
  }
  for (std::string_view name : decision.wishes.share) {
    if (contains(decision.plan.share.view(), name) || is_always_shared(name)) continue;
    add_entry(decision, {name, base_file(name), "asked for by --share", Role::shared, true});
  }
  for (std::string_view name : decision.wishes.keep_private)
    add_once(decision.plan.keep_private, name);
}

}  // namespace

Result<std::span<const std::string_view>> choose_exposed(Arena& arena, const Wishes& wishes,
                                                         const Graph& tree) {
  if (Status status = check_wishes(arena, wishes); !status) return std::unexpected(status.error());
  List<std::string_view> names(arena);
  auto add_if_there = [&](std::string_view name) {
    const Node* node = tree.find(name);
    if (node == nullptr || contains(wishes.keep_private, node->name) ||
        contains(wishes.share, node->name)) {
      return;
    }
    add_once(names, node->name);
  };
  for (std::string_view name : wishes.expose) {
    const Node* node = tree.find(name);
    add_once(names, node == nullptr ? name : node->name);
  }
  for (const Profile* profile : wishes.profiles) {
    for (std::string_view name : profile->expose) add_if_there(name);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Profile* profile = profile_of(wishes.known_profiles, names[i]);
    if (profile == nullptr) continue;
    for (std::string_view name : profile->family) add_if_there(name);
  }
  if (names.empty() && (!wishes.may_expose_nothing || !wishes.profiles.empty())) {
    return fail(Fault::missing, "nothing to expose", wishes.tree,
                wishes.profiles.empty() ? "" : "the tree has no library of the profile",
                "name a library with --expose");
  }
  return names.view();
}

Result<Plan> make_plan(Arena& arena, const Wishes& wishes, const Graphs& graphs) {
  Result<Names> exposed = choose_exposed(arena, wishes, graphs.tree);
  if (!exposed) return std::unexpected(exposed.error());
  Plan plan(arena);
  plan.tree = wishes.tree;
  plan.strict = wishes.strict;
  plan.permit = wishes.permit;
  Decision decision{arena,
                    wishes,
                    graphs,
                    *exposed,
                    arena.array<Choice>(graphs.tree.nodes.size()),
                    arena.array<bool>(graphs.base.nodes.size()),
                    plan,
                    Imports(arena, graphs.tree),
                    Imports(arena, graphs.base)};
  List<Step> order(arena);
  mark_program(decision);
  decide_boundaries(decision, order);
  write_entries(decision, order);
  look_for_lacks(decision);
  return plan;
}

}  // namespace bulkhead::plan
