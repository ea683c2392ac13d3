#include "capsule/dl_hooks.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/hooks.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::capsule {
namespace {

constexpr std::size_t kMaxChain = 64;

// Whose search paths count when `object` opens something: its own, then those of the
// library that loaded it, and so on.
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

// ld.so's own message, for a name that says what is wrong: dlerror() then tells it.
void* refuse(Arena& arena, const Capsule& capsule, std::string_view text) {
  std::string_view name = join(arena, {"/bulkhead/", text});
  return ::dlmopen(capsule.space, name.data(), RTLD_LAZY);
}

// Another handle of what is loaded: ld.so counts it.
void* reopen(Capsule& capsule, link_map* object, int mode) {
  void* handle = ::dlmopen(capsule.space, object->l_name, (mode & ~RTLD_GLOBAL) | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  Locked locked(capsule.lock);
  for (Opening& opening : capsule.openings) {
    if (opening.object == object && opening.count != 0) ++opening.count;
  }
  return handle;
}

void remember_global(Capsule& capsule, const link_map* object, int mode) {
  if ((mode & RTLD_GLOBAL) == 0) return;
  // glibc crashes on RTLD_GLOBAL in a secondary namespace (BZ 18684); listing the library in
  // every later manifest gives what is opened from now on the same view.
  Locked locked(capsule.lock);
  for (std::string_view path : capsule.globals) {
    if (path == object->l_name) return;
  }
  capsule.globals.push_back(capsule.arena.copy(object->l_name));
}

// The tree's own name for a path: with the tree's prefix it is taken off.
std::string_view inside_tree(const Capsule& capsule, std::string_view path) {
  std::string_view tree = capsule.request.tree;
  if (tree != "/" && path.starts_with(tree) && drop(path, tree.size()).starts_with('/')) {
    return drop(path, tree.size());
  }
  return path;
}

void* open_new(Arena& arena, Capsule& capsule, const link_map* caller, std::string_view name, int mode) {
  OpenRequest request;
  request.roots = {&name, 1};
  request.scope = scope_of(arena, capsule, caller);
  request.bind_now = (mode & RTLD_NOW) != 0;
  Result<link_map*> manifest = open_libraries(arena, capsule, request);
  if (!manifest) {
    std::string_view text = render(arena, manifest.error());
    debug(Topic::dl, {"dlopen(", name, ") failed: ", text});
    return refuse(arena, capsule, text);
  }
  // The manifest's first entry is what was asked for; ld.so has it under that name.
  std::string_view wanted = name;
  {
    Locked locked(capsule.lock);
    for (const Loaded& loaded : capsule.loaded) {
      if (loaded.soname == name || loaded.owner.name == name) wanted = loaded.host_path;
      if (loaded.host_path == name || loaded.host_path == join(arena, {capsule.request.tree, name})) {
        wanted = loaded.host_path;
      }
    }
  }
  link_map* object = process::find_loaded(capsule.root, wanted);
  if (object == nullptr) object = process::find_loaded(capsule.root, name);
  if (object == nullptr) return refuse(arena, capsule, join(arena, {name, ": opened, but under another name"}));
  void* handle = ::dlmopen(capsule.space, object->l_name, (mode & ~RTLD_GLOBAL) | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  remember_global(capsule, object, mode);
  Locked locked(capsule.lock);
  capsule.openings.push_back({object, *manifest, 1});
  return handle;
}

void* open_for(const void* caller_address, Capsule& capsule, const char* file, int mode) {
  if (file == nullptr || *file == '\0') {
    // The capsule's own "main program": its first manifest, whose scope is the closure.
    return capsule.root;
  }
  Arena arena;
  link_map* caller = process::owner_of(caller_address).object;
  std::string_view name = inside_tree(capsule, file);
  debug(Topic::dl, {"dlopen(", file, ") by ", caller != nullptr ? caller->l_name : "unknown code"});
  link_map* loaded = process::find_loaded(capsule.root, name);
  if (loaded == nullptr) loaded = process::find_loaded(capsule.root, file);
  if (loaded == nullptr && name.starts_with('/')) {
    loaded = process::find_loaded(capsule.root, join(arena, {capsule.request.tree, name}));
  }
  if (loaded != nullptr) {
    remember_global(capsule, loaded, mode);
    return reopen(capsule, loaded, mode);
  }
  if ((mode & RTLD_NOLOAD) != 0) return nullptr;
  if (name.find('/') != std::string_view::npos) {
    Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request.tree);
    bool in_tree = tree && name.starts_with('/') && tree->open_file(arena, name).has_value();
    if (!in_tree) {
      // A file of the program's: where it says it is, or ld.so's own message.
      void* handle = ::dlmopen(capsule.space, file, mode & ~RTLD_GLOBAL);
      link_map* object = nullptr;
      if (handle != nullptr && ::dlinfo(handle, RTLD_DI_LINKMAP, &object) == 0) {
        remember_global(capsule, object, mode);
      }
      return handle;
    }
  }
  return open_new(arena, capsule, caller, name, mode);
}

void* hooked_dlopen(const char* file, int mode) {
  const void* caller = __builtin_return_address(0);
  Capsule* capsule = capsule_of(caller);
  return capsule != nullptr ? open_for(caller, *capsule, file, mode) : ::dlopen(file, mode);
}

void* hooked_dlmopen(Lmid_t space, const char* file, int mode) {
  const void* caller = __builtin_return_address(0);
  Capsule* capsule = capsule_of(caller);
  if (capsule != nullptr && space == capsule->space) return open_for(caller, *capsule, file, mode);
  return ::dlmopen(space, file, mode);
}

int hooked_dlclose(void* handle) {
  Capsule* capsule = capsule_of(__builtin_return_address(0));
  if (capsule == nullptr) return ::dlclose(handle);
  if (handle == capsule->root) return 0;
  link_map* manifest = nullptr;
  {
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

}  // namespace

std::span<const Hook> dl_hooks() {
  // Filled on each call: a table of addresses in static storage would need relocations,
  // which is fine, but a function keeps the names beside the functions.
  static const Hook kHooks[] = {
      {"dlopen", reinterpret_cast<const void*>(&hooked_dlopen)},
      {"dlmopen", reinterpret_cast<const void*>(&hooked_dlmopen)},
      {"dlclose", reinterpret_cast<const void*>(&hooked_dlclose)},
  };
  return kHooks;
}

}  // namespace bulkhead::capsule
