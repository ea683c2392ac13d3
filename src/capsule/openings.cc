#include "capsule/openings.h"

#include "base/text.h"
#include "capsule/hooks.h"
#include "plan/policy.h"
#include "process/libdl.h"
#include "process/loader_lock.h"
#include "process/modules.h"

namespace bulkhead::capsule {
namespace {

constexpr std::size_t kMaxChain = 64;

// As long as the capsule. (A namespace may be filled and emptied without end.)
std::string_view kept(Capsule& capsule, std::string_view path) {
  for (const Loaded& each : capsule.loaded) {
    if (each.host_path == path) return each.host_path;
  }
  for (const Mirrored& each : capsule.mirrored) {
    if (each.name == path) return each.name;
  }
  return capsule.arena.copy(path);
}

}  // namespace

resolve::Searcher::Scope scope_of(Arena& arena, Capsule& capsule, const link_map* object) {
  List<resolve::Searcher::PathOwner> owners(arena);
  Locked locked(capsule.lock);
  std::uint32_t at = resolve::kNone;
  for (std::uint32_t i = 0; object != nullptr && i < capsule.loaded.size(); ++i) {
    if (capsule.loaded[i].host_path == object->l_name) at = i;
  }
  while (at != resolve::kNone && owners.size() < kMaxChain) {
    owners.push_back(capsule.loaded[at].owner);
    at = capsule.loaded[at].loader;
  }
  return {owners.view()};
}

std::string_view inside_tree(const Capsule& capsule, std::string_view path) {
  std::string_view tree = capsule.request.tree;
  if (tree != "/" && path.starts_with(tree) && drop(path, tree.size()).starts_with('/')) {
    return drop(path, tree.size());
  }
  return path;
}

// ld.so counts it, and so do we.
void* take_handle(Capsule& capsule, std::string_view path, int mode, link_map* manifest) {
  void* handle = ::dlmopen(capsule.space, path.data(), (mode & ~RTLD_GLOBAL) | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  Locked locked(capsule.lock);
  if ((mode & RTLD_GLOBAL) != 0 && !plan::contains(capsule.globals.view(), path)) {
    // glibc crashes on RTLD_GLOBAL in a secondary namespace (BZ 18684); listing the library in
    // every later manifest gives what is opened from now on the same view.
    capsule.globals.push_back(kept(capsule, path));
  }
  Opening* free = nullptr;
  for (Opening& opening : capsule.openings) {
    if (opening.count == 0) {
      free = &opening;
    } else if (opening.object == handle && manifest == nullptr) {
      ++opening.count;
      return handle;
    }
  }
  if (free != nullptr) {
    *free = {handle, manifest, 1};
  } else {
    capsule.openings.push_back({handle, manifest, 1});
  }
  return handle;
}

Result<void*> open_library(Arena& arena, Capsule& capsule, const Wanted& wanted, int mode) {
  OpenRequest request;
  request.roots = {&wanted.name, 1};
  request.scope = wanted.scope;
  request.library_path = wanted.library_path;
  request.bind_now = (mode & RTLD_NOW) != 0;
  request.deep_bind = (mode & RTLD_DEEPBIND) != 0;
  // Under ld.so's lock: the base's libraries are read, which another thread may close.
  Result<Opened> opened = fail(Fault::system, "was not opened", wanted.name);
  process::with_loader_lock(arena, [&] { opened = open_libraries(arena, capsule, request); });
  if (!opened) return std::unexpected(opened.error());
  void* handle =
      take_handle(capsule, opened->first, mode, opened->keep ? nullptr : opened->manifest);
  if (handle == nullptr) return fail(Fault::system, "was opened and is not there", opened->first);
  return handle;
}

List<std::string_view> globals_of(Arena& arena, Capsule& capsule) {
  List<std::string_view> all(arena);
  List<std::string_view> loaded(arena);
  {
    Locked locked(capsule.lock);
    all.append(capsule.globals.view());
  }
  for (std::string_view path : all) {
    if (!process::loaded_as(arena, capsule.root, path).empty()) loaded.push_back(path);
  }
  if (loaded.size() == all.size()) return loaded;
  Locked locked(capsule.lock);
  // From the front: at no moment one that is loaded is missing.
  for (std::size_t i = 0; i < loaded.size(); ++i) capsule.globals[i] = loaded[i];
  capsule.globals.truncate(loaded.size());
  return loaded;
}

bool is_open(const void* handle) {
  for (const Capsule* capsule : registered_capsules()) {
    Locked locked(capsule->lock);
    for (const Opening& opening : capsule->openings) {
      if (opening.object == handle && opening.count != 0) return true;
    }
  }
  return false;
}

int close_handle(void* handle) {
  // By the handle: one that another capsule's library was given works as well.
  link_map* manifest = nullptr;
  for (Capsule* capsule : registered_capsules()) {
    if (handle == capsule->root) return 0;
    Locked locked(capsule->lock);
    for (Opening& opening : capsule->openings) {
      if (opening.object != handle || opening.count == 0) continue;
      if (--opening.count == 0) manifest = opening.manifest;
      break;
    }
  }
  int result = ::dlclose(handle);
  if (manifest != nullptr) ::dlclose(manifest);
  return result;
}

}  // namespace bulkhead::capsule
