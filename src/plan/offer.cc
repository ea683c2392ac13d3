#include "plan/offer.h"

#include "base/text.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::plan {
namespace {

using Definition = Node::Definition;

const Mark* find_mark(std::string_view version) {
  for (const Mark& mark : marks()) {
    if (mark.version == version) return &mark;
  }
  return nullptr;
}

bool is_compat_version(std::string_view version) {
  constexpr std::string_view kPrefix = "GLIBC_2.";
  std::uint64_t minor = 0;
  return version.starts_with(kPrefix) && parse_number(drop(version, kPrefix.size()), minor) &&
         minor >= kFirstCompatVersion && minor <= kLastCompatVersion;
}

}  // namespace

std::string_view name_of(Source source) {
  switch (source) {
    case Source::base: return "base";
    case Source::compat: return "compat";
    case Source::tree: return "tree";
    case Source::mark: return "mark";
    case Source::none: return "missing";
  }
  return "";
}

Offer::Offer(Arena& arena, const Graph& base, std::span<const Node> compat, const Node* libgcc)
    : compat_(compat), libgcc_(libgcc), parts_(arena) {
  for (const Node& node : base.nodes) {
    if (is_always_shared(node.name)) parts_.push_back(&node);
  }
}

const Node* Offer::part(std::string_view file) const {
  for (const Node* node : parts_) {
    if (node->name == file || node->asked_for == file) return node;
  }
  return nullptr;
}

Source Offer::version(std::string_view file, std::string_view version) const {
  const Node* node = part(file);
  if (node == nullptr) return Source::none;
  if (!node->has_versions() || node->defines_version(version)) return Source::base;
  if (!is_glibc_family(file)) {
    bool behind = libgcc_ != nullptr && libgcc_->name == file && libgcc_->defines_version(version);
    return behind ? Source::tree : Source::none;
  }
  if (is_compat_version(version)) return Source::compat;
  const Mark* mark = find_mark(version);
  bool claimed = mark != nullptr && (mark->always || node->defines_version("GLIBC_2.36"));
  return claimed ? Source::mark : Source::none;
}

Offer::Answer Offer::symbol(const Symbol& import) const {
  Answer answer;
  const elf::SymbolName name = import.name;
  auto ask = [&](const Node& node, Source source) {
    Definition found = node.find(name, import.version);
    if (found == Definition::thread_local_data) answer.thread_local_data = true;
    if (found != Definition::ordinary) return false;
    answer = {source, false};
    return true;
  };
  for (const Node* node : parts_) {
    if (ask(*node, Source::base)) return answer;
  }
  for (const Node& node : compat_) {
    if (ask(node, Source::compat)) return answer;
  }
  if (libgcc_ != nullptr) (void)ask(*libgcc_, Source::tree);
  return answer;
}

bool Offer::reads_packed_relocations() const {
  // The version and the ability came together, also where distributions took them back into
  // an older glibc.
  const Node* libc = part(elf::kLibc);
  return libc == nullptr || !libc->has_versions() || libc->defines_version("GLIBC_ABI_DT_RELR");
}

bool Offer::opens_executable_stacks() const {
  const Node* libc = part(elf::kLibc);
  return libc == nullptr || !libc->defines_version("GLIBC_2.41");
}

std::string_view meaning_of_mark(std::string_view version) {
  const Mark* mark = find_mark(version);
  return mark == nullptr ? std::string_view{} : mark->meaning;
}

}  // namespace bulkhead::plan
