#include "resolve/known_directories.h"

#include "elf/hash.h"

namespace bulkhead::resolve {

// Nearly always there are few.
KnownDirectories::Directory* KnownDirectories::of(std::string_view path) {
  constexpr std::size_t kFew = 32;
  constexpr std::size_t kBuckets = 64;
  auto bucket_of = [&](std::string_view text) -> Directory*& {
    return by_hash_[elf::gnu_hash(text) % kBuckets];
  };
  auto sort_in = [&](Directory& one) {
    Directory*& head = bucket_of(one.path);
    one.next = head;
    head = &one;
  };
  if (by_hash_.empty()) {
    for (Directory* known : all_) {
      if (known->path == path) return known;
    }
    if (all_.size() == kFew) {
      by_hash_ = arena_->array<Directory*>(kBuckets);
      for (Directory* known : all_) sort_in(*known);
    }
  } else {
    for (Directory* known = bucket_of(path); known != nullptr; known = known->next) {
      if (known->path == path) return known;
    }
  }
  auto* created = arena_->create<Directory>();
  created->path = arena_->copy(path);
  all_.push_back(created);
  if (!by_hash_.empty()) sort_in(*created);
  return created;
}

void KnownDirectories::examine(Directory& directory, const Tree& tree, Hwcaps& hwcaps) {
  if (directory.examined) return;
  directory.examined = true;
  directory.exists = tree.has_directory(directory.path);
  if (!directory.exists) return;
  PathBuffer parent(tree.paths(), {directory.path, kHwcapsDirectory});
  if (!parent.fits() || !tree.has_directory(parent.view())) return;
  List<std::string_view> present(*arena_);
  for (std::string_view name : hwcaps.names()) {
    PathBuffer path(tree.paths(), {parent.view(), "/", name});
    if (path.fits() && tree.has_directory(path.view())) present.push_back(name);
  }
  directory.hwcaps = present.view();
}

}  // namespace bulkhead::resolve
