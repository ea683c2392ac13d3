#include "capsule/contents.h"

#include <algorithm>

#include "elf/hash.h"
#include "plan/rules_of_thumb.h"

namespace bulkhead::capsule {
namespace {

// Of libraries that loaded each other.
constexpr std::size_t kMaxChain = 64;

}  // namespace

std::uint32_t Contents::index_of(std::string_view host_path) const {
  const Places* const places = __atomic_load_n(&places_, __ATOMIC_ACQUIRE);
  if (places == nullptr) return resolve::kNone;
  const std::size_t mask = places->at.size() - 1;
  for (std::size_t i = elf::gnu_hash(host_path) & mask;; i = (i + 1) & mask) {
    const std::uint32_t place = places->at[i];
    if (place == 0) return resolve::kNone;
    if (libraries_[place - 1].host_path == host_path) return place - 1;
  }
}

void Contents::enter(Places& places, std::uint32_t index) const {
  const std::size_t mask = places.at.size() - 1;
  std::size_t i = elf::gnu_hash(libraries_[index].host_path) & mask;
  while (places.at[i] != 0) i = (i + 1) & mask;
  __atomic_store_n(&places.at[i], index + 1, __ATOMIC_RELEASE);
}

void Contents::enter_last() {
  const auto count = static_cast<std::uint32_t>(libraries_.size());
  const std::size_t size = places_ != nullptr ? places_->at.size() : 0;
  if (2 * count <= size) return enter(*places_, count - 1);
  // Another thread may fork at any moment, and its child sees the old ones or the new ones: whole,
  // with their size.
  auto* larger =
      memory_.arena.create<Places>(memory_.arena.array<std::uint32_t>(size == 0 ? 16 : 2 * size));
  for (std::uint32_t i = 0; i < count; ++i) enter(*larger, i);
  __atomic_store_n(&places_, larger, __ATOMIC_RELEASE);
}

void Contents::add_libraries(Arena& scratch, const resolve::Closure& closure, bool deep_bind) {
  std::span<std::uint32_t> places = scratch.array<std::uint32_t>(closure.libraries().size());
  Locked locked(memory_.lock);
  Arena& arena = memory_.arena;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const resolve::Library& library = closure.libraries()[i];
    places[i] = index_of(library.host_path);
    if (places[i] != resolve::kNone) {
      add_alias(places[i], library.known_as());
      add_alias(places[i], library.name);
      continue;
    }
    places[i] = static_cast<std::uint32_t>(libraries_.size());
    // Breadth first: who asked for it has its place already.
    std::uint32_t loader =
        library.loader == resolve::kNone ? resolve::kNone : places[library.loader];
    resolve::Searcher::PathOwner owner = resolve::Searcher::PathOwner::of(
        arena, library.dynamic, library.known_as(), library.directory);
    owner.outside = library.outside;
    libraries_.push_back({arena.copy(library.host_path), owner, loader, deep_bind});
    enter_last();
    add_alias(places[i], library.name);
  }
}

void Contents::add_alias(std::uint32_t index, std::string_view name) {
  if (name.find('/') != std::string_view::npos) return;
  std::string_view host_path = libraries_[index].host_path;
  if (libraries_[index].owner.name == name) return;
  for (const Alias& each : aliases_) {
    if (each.host_path == host_path && each.name == name) return;
  }
  aliases_.push_back({host_path, memory_.arena.copy(name)});
}

std::string_view Contents::path_of(std::string_view known_as) const {
  std::string_view path;
  Locked locked(memory_.lock);
  for (const Alias& each : aliases_) {
    if (each.name == known_as) path = each.host_path;
  }
  for (const Library& each : libraries_) {
    if (each.owner.name == known_as) path = each.host_path;
  }
  return path;
}

bool Contents::looks_deep(std::string_view host_path) const {
  Locked locked(memory_.lock);
  const std::uint32_t index = index_of(host_path);
  return index != resolve::kNone && libraries_[index].deep_bind;
}

std::string_view Contents::kept_path(std::string_view host_path) const {
  Locked locked(memory_.lock);
  const std::uint32_t index = index_of(host_path);
  return index == resolve::kNone ? std::string_view{} : libraries_[index].host_path;
}

resolve::Searcher::Scope Contents::scope_of(Arena& arena, std::string_view host_path) const {
  List<resolve::Searcher::PathOwner> owners(arena);
  Locked locked(memory_.lock);
  std::uint32_t at = index_of(host_path);
  while (at != resolve::kNone && owners.size() < kMaxChain) {
    owners.push_back(libraries_[at].owner);
    at = libraries_[at].loader;
  }
  return {owners.view()};
}

bool Contents::has_thread_locals(bool more) {
  Locked locked(memory_.lock);
  thread_locals_ = thread_locals_ || more;
  return thread_locals_;
}

List<Mirrored> Contents::mirrored(Arena& arena) const {
  List<Mirrored> all(arena);
  Locked locked(memory_.lock);
  all.append(mirrored_.view());
  return all;
}

bool Contents::has_mirror(std::string_view name) const {
  Locked locked(memory_.lock);
  return std::ranges::any_of(mirrored_, [&](const Mirrored& each) { return each.name == name; });
}

void Contents::add_mirror(std::string_view name, std::span<const elf::VersionDefinition> versions) {
  Locked locked(memory_.lock);
  Mirrored* known = nullptr;
  for (Mirrored& each : mirrored_) known = each.name == name ? &each : known;
  auto same = [](const elf::VersionDefinition& one, const elf::VersionDefinition& other) {
    return one.name == other.name;
  };
  if (known != nullptr && std::ranges::equal(known->versions, versions, same)) return;
  std::span<elf::VersionDefinition> kept =
      memory_.arena.array<elf::VersionDefinition>(versions.size());
  std::ranges::copy(versions, kept.begin());
  if (known != nullptr) {
    known->versions = kept;
  } else {
    mirrored_.push_back({memory_.arena.copy(name), kept});
  }
}

bool Contents::has_stand_in(std::string_view name) const {
  Locked locked(memory_.lock);
  return std::ranges::any_of(stand_ins_, [&](const StandIn& each) { return each.name == name; });
}

std::string_view Contents::stand_in_for(const FileIdentity& file) const {
  Locked locked(memory_.lock);
  for (const StandIn& each : stand_ins_) {
    if (each.file == file) return each.name;
  }
  return {};
}

std::string_view Contents::add_stand_in(std::string_view name, const FileIdentity& file) {
  Locked locked(memory_.lock);
  std::string_view kept = keep_path(name);
  stand_ins_.push_back({kept, file});
  return kept;
}

// A namespace may be filled and emptied without end.
std::string_view Contents::keep_path(std::string_view path) {
  const std::uint32_t known = index_of(path);
  if (known != resolve::kNone) return libraries_[known].host_path;
  for (const Mirrored& each : mirrored_) {
    if (each.name == path) return each.name;
  }
  return memory_.arena.copy(path);
}

void Contents::count_handle(void* object, link_map* manifest) {
  Locked locked(memory_.lock);
  Handle* free = nullptr;
  for (Handle& each : handles_) {
    if (each.count == 0) {
      free = &each;
    } else if (each.object == object && manifest == nullptr) {
      ++each.count;
      return;
    }
  }
  if (free != nullptr) {
    *free = {object, manifest, 1};
  } else {
    handles_.push_back({object, manifest, 1});
  }
}

link_map* Contents::uncount_handle(const void* object) {
  Locked locked(memory_.lock);
  for (Handle& each : handles_) {
    if (each.object != object || each.count == 0) continue;
    return --each.count == 0 ? each.manifest : nullptr;
  }
  return nullptr;
}

bool Contents::has_handle(const void* object) const {
  Locked locked(memory_.lock);
  return std::ranges::any_of(
      handles_, [&](const Handle& each) { return each.object == object && each.count != 0; });
}

bool Contents::has_handles() const {
  Locked locked(memory_.lock);
  return std::ranges::any_of(handles_, [](const Handle& each) { return each.count != 0; });
}

List<std::string_view> Contents::globals(Arena& arena) const {
  List<std::string_view> all(arena);
  Locked locked(memory_.lock);
  all.append(globals_.view());
  return all;
}

void Contents::add_global(std::string_view path) {
  Locked locked(memory_.lock);
  if (!plan::contains(globals_.view(), path)) globals_.push_back(keep_path(path));
}

void Contents::keep_globals(std::span<const std::string_view> loaded) {
  Locked locked(memory_.lock);
  // From the front: at no moment one that is loaded is missing.
  for (std::size_t i = 0; i < loaded.size(); ++i) globals_[i] = loaded[i];
  globals_.truncate(loaded.size());
}

void Contents::add_late(std::span<const std::string_view> names) {
  Locked locked(memory_.lock);
  for (std::string_view name : names) {
    if (!plan::contains(late_.view(), name)) late_.push_back(memory_.arena.copy(name));
  }
}

bool Contents::is_late(std::string_view name) const {
  Locked locked(memory_.lock);
  return plan::contains(late_.view(), name);
}

void Contents::forget_openings() {
  Locked locked(memory_.lock);
  globals_.truncate(0);
  stand_ins_.truncate(0);
}

}  // namespace bulkhead::capsule
