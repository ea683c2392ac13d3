#include "plan/scope.h"

#include <algorithm>

#include "elf/hash.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::plan {

using Definition = Node::Definition;

const Node* libgcc_behind(const Decision& decision) {
  std::uint32_t index = decision.graphs.tree.index_of("libgcc_s.so.1");
  bool shared = index != kNone && decision.choices[index].role == Role::shared;
  return shared ? &decision.tree(index) : nullptr;
}

Scope::Scope(const Decision& decision) : scope_(decision.arena), brought_(decision.arena) {
  for (std::uint32_t i = 0; i < decision.choices.size(); ++i) {
    if (decision.in_capsule(i)) scope_.push_back(&decision.tree(i));
  }
  for (const Node& node : decision.graphs.base.nodes) {
    bool always =
        is_always_shared(node.name) && !contains(decision.plan.keep_private.view(), node.name);
    if (always || contains(decision.plan.share.view(), node.name)) {
      scope_.push_back(&node);
    }
  }
  if (!decision.graphs.has_program) add_awaited(decision);
  for (const Node& node : decision.graphs.compat) scope_.push_back(&node);
  if (const Node* libgcc = libgcc_behind(decision)) scope_.push_back(libgcc);
  find_brought(decision);
}

const Node* Scope::provider(std::string_view name) const {
  for (const Node* node : scope_) {
    if (node->name == name) return node;
  }
  return nullptr;
}

Node::Definition Scope::find(const Symbol& import, const Node*& by) const {
  // What a version names mostly is where it is expected, and then it is the same who else has it.
  if (!import.file.empty() && !import.version.empty()) {
    if (import.file != last_file_) last_provider_ = provider(import.file);
    last_file_ = import.file;
    if (last_provider_ != nullptr &&
        last_provider_->find(import.symbol_name(), import.version) == Definition::ordinary) {
      by = last_provider_;
      return Definition::ordinary;
    }
  }
  const Definition best = find_anywhere(import, by);
  // A version would say whose symbol is meant.
  if (best != Definition::none || !import.version.empty()) return best;
  for (const Node* node : brought_) {
    const Definition found = node->find(import.symbol_name(), {});
    if (found != Definition::none) return found;
  }
  return best;
}

Node::Definition Scope::find_anywhere(const Symbol& import, const Node*& by) const {
  constexpr std::size_t kMany = 64;  // to make the index takes as long as some searches
  const elf::SymbolName name = import.symbol_name();
  Definition best = Definition::none;
  auto has = [&](const Node* node) {
    Definition found = node->find(name, import.version);
    if (found == Definition::ordinary) by = node;
    // Mirrors of glibc's libraries have no thread-local data; all others lead to theirs.
    if (found == Definition::thread_local_data && is_glibc_family(node->name)) return false;
    if (found != Definition::none) best = found;
    return found == Definition::ordinary;
  };
  if (++searches_ == kMany) {
    List<const elf::Object*> objects(scope_.arena());
    for (const Node* node : scope_) {
      objects.push_back(node->exports.empty() ? node->object : nullptr);
    }
    index_ = elf::NameIndex(scope_.arena(), objects.view());
  }
  if (index_.is_complete()) {
    index_.for_each(name.gnu_hash(), [&](std::size_t i) { return has(scope_[i]); });
  } else {
    for (const Node* node : scope_) {
      if (has(node)) break;
    }
  }
  return best;
}

const Node* Scope::brought(const Symbol& import) const {
  if (!import.version.empty()) return nullptr;
  const elf::SymbolName name = import.name;
  for (const Node* node : scope_) {
    if (node->find(name, {}) != Definition::none) return nullptr;
  }
  for (const Node* node : brought_) {
    if (node->find(name, {}) != Definition::none) return node;
  }
  return nullptr;
}

void Scope::add_awaited(const Decision& decision) {
  for (std::string_view name : decision.plan.share) {
    if (decision.graphs.base.find(name) != nullptr) continue;
    if (const Node* node = decision.graphs.tree.find(name)) scope_.push_back(node);
  }
}

void Scope::find_brought(const Decision& decision) {
  const Graph& base = decision.graphs.base;
  List<const Node*> queue(decision.arena);
  for (std::string_view name : decision.plan.share) {
    if (const Node* node = base.find(name)) queue.push_back(node);
  }
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const Need& need : queue[i]->needs) {
      if (need.node == kNone || is_always_shared(need.name)) continue;
      const Node* node = &base.nodes[need.node];
      bool known = contains(decision.plan.expose.view(), node->name);
      for (const Node* each : queue) known = known || each == node;
      if (known) continue;
      queue.push_back(node);
      brought_.push_back(node);
    }
  }
}

namespace {

// Libraries of the tree, and all that they need.
class WithNeeds {
 public:
  explicit WithNeeds(const Decision& decision)
      : tree_(decision.graphs.tree),
        found_(decision.arena.array<bool>(tree_.nodes.size())),
        waiting_(decision.arena) {}

  void add(std::uint32_t index) {
    note(index);
    for (; next_ < waiting_.size(); ++next_) {
      for (const Need& need : tree_.nodes[waiting_[next_]].needs) note(need.node);
    }
  }
  std::span<const bool> found() const { return found_; }

 private:
  void note(std::uint32_t index) {
    if (index == kNone || found_[index]) return;
    found_[index] = true;
    waiting_.push_back(index);
  }

  const Graph& tree_;
  std::span<bool> found_;  // of each library of the tree
  List<std::uint32_t> waiting_;
  std::size_t next_ = 0;
};

}  // namespace

std::span<const bool> loaded_at_start(const Decision& decision) {
  const Graph& tree = decision.graphs.tree;
  if (!decision.graphs.has_program) {
    std::span<bool> all = decision.arena.array<bool>(tree.nodes.size());
    std::ranges::fill(all, true);
    return all;
  }
  WithNeeds loaded(decision);
  const std::span<const Node> base = decision.graphs.base.nodes;
  for (std::size_t i = 0; i < base.size(); ++i) {
    if (!decision.of_program[i]) continue;
    for (const Need& need : base[i].needs) {
      if (contains(decision.plan.expose.view(), need.name)) loaded.add(tree.index_of(need.name));
    }
  }
  return loaded.found();
}

bool Reach::has(const Node& node) {
  const std::span<const Node> tree = decision_.graphs.tree.nodes;
  std::size_t index = static_cast<std::size_t>(&node - tree.data());
  if (&node < tree.data() || &node >= tree.data() + tree.size()) {
    // Of what is shared the capsule has a mirror where a library lists it.
    if (is_always_shared(node.name) || !contains(decision_.plan.share.view(), node.name)) {
      return true;
    }
    index = decision_.graphs.tree.index_of(node.name);
    if (index == kNone) return false;
  }
  if (inside_.empty()) {
    WithNeeds reached(decision_);
    reached.add(importer_);
    inside_ = reached.found();
  }
  return inside_[index];
}

}  // namespace bulkhead::plan
