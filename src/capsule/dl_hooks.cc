#include "capsule/dl_hooks.h"

#include <errno.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/hooks.h"
#include "capsule/prepare.h"
#include "plan/policy.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "resolve/tokens.h"

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

// A handle of what is loaded under that path: ld.so counts it, and so do we.
void* take_handle(Capsule& capsule, std::string_view path, int mode, link_map* manifest) {
  void* handle = ::dlmopen(capsule.space, path.data(), (mode & ~RTLD_GLOBAL) | RTLD_NOLOAD);
  if (handle == nullptr) return nullptr;
  Locked locked(capsule.lock);
  if ((mode & RTLD_GLOBAL) != 0 && !plan::contains(capsule.globals.view(), path)) {
    // glibc crashes on RTLD_GLOBAL in a secondary namespace (BZ 18684); listing the library in
    // every later manifest gives what is opened from now on the same view.
    capsule.globals.push_back(capsule.arena.copy(path));
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

// The tree's own name for a path: with the tree's prefix it is taken off.
std::string_view inside_tree(const Capsule& capsule, std::string_view path) {
  std::string_view tree = capsule.request.tree;
  if (tree != "/" && path.starts_with(tree) && drop(path, tree.size()).starts_with('/')) {
    return drop(path, tree.size());
  }
  return path;
}

void* open_new(Arena& arena, Capsule& capsule, const link_map* caller, std::string_view name,
               int mode) {
  OpenRequest request;
  request.roots = {&name, 1};
  request.scope = scope_of(arena, capsule, caller);
  request.bind_now = (mode & RTLD_NOW) != 0;
  request.deep_bind = (mode & RTLD_DEEPBIND) != 0;
  // Under ld.so's lock: the base's libraries are read, which another thread may close.
  struct Opening {
    Arena& arena;
    Capsule& capsule;
    const OpenRequest& request;
    Result<Opened> result;
  } opening{arena, capsule, request, fail(Fault::system, "was not opened", name)};
  process::with_loader_lock(
      arena,
      [](void* context) {
        auto* to = static_cast<Opening*>(context);
        to->result = open_libraries(to->arena, to->capsule, to->request);
      },
      &opening);
  if (!opening.result) {
    std::string_view text = render(arena, opening.result.error());
    debug(Topic::dl, {"dlopen(", name, ") failed: ", text});
    return refuse(arena, capsule, text);
  }
  const Opened& opened = *opening.result;
  return take_handle(capsule, opened.first, mode, opened.keep ? nullptr : opened.manifest);
}

// $ORIGIN is the caller's: of a library of the tree, inside the tree. The other tokens mean
// the same for everybody there, and wait for the search.
std::string_view with_origin(Arena& arena, Capsule& capsule, const link_map* caller,
                             std::string_view name) {
  if (name.find('$') == std::string_view::npos || caller == nullptr) return name;
  resolve::Searcher::Scope scope = scope_of(arena, capsule, caller);
  std::string_view origin =
      scope.owners.empty() ? directory_of(caller->l_name) : scope.owners.front().origin;
  return resolve::expand(arena, name, {origin, "$LIB", "$PLATFORM"});
}

void* open_for(const void* caller_address, Capsule& capsule, const char* file, int mode) {
  if (file == nullptr || *file == '\0') {
    // The capsule's own "main program": its first manifest, whose scope is the closure.
    return capsule.root;
  }
  Arena arena;
  link_map* caller = process::owner_of(caller_address).object;
  debug(Topic::dl, {"dlopen(", file, ") by ", caller != nullptr ? caller->l_name : "unknown code"});
  std::string_view path = with_origin(arena, capsule, caller, file);
  std::string_view name = inside_tree(capsule, path);
  std::string_view in_tree = join(arena, {capsule.request.tree, name});
  for (std::string_view known : {in_tree, name, path}) {
    std::string_view loaded = process::loaded_as(arena, capsule.root, known);
    if (loaded.empty()) continue;
    // Null if another thread closed it in between: then it is opened anew.
    if (void* handle = take_handle(capsule, loaded, mode, nullptr)) return handle;
  }
  if ((mode & RTLD_NOLOAD) != 0) {
    // What the program has loaded and the capsule shares is there, with or without a mirror:
    // libEGL asks so whether a pointer is libX11's Display.
    if (!shares(capsule, name) || !process::in_base(arena, name)) {
      return ::dlmopen(capsule.space, path.data(), mode & ~RTLD_GLOBAL);  // for its message
    }
    mode &= ~RTLD_NOLOAD;
  }
  if (name.find('/') != std::string_view::npos) {
    Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request.tree);
    if (!name.starts_with('/') || !tree || !tree->open_file(arena, name)) {
      // A file of the program's: where it says it is, or ld.so's own message.
      link_map* before = open_before(arena, capsule, path, mode & ~RTLD_GLOBAL);
      void* handle = ::dlmopen(capsule.space, path.data(), mode & ~RTLD_GLOBAL);
      if (before != nullptr) process::close(before);
      if (handle == nullptr || (mode & RTLD_GLOBAL) == 0) return handle;
      take_handle(capsule, path, mode, nullptr);
      ::dlclose(handle);  // there are two now
      return handle;
    }
  }
  return open_new(arena, capsule, caller, name, mode);
}

void* hooked_dlopen(const char* file, int mode) {
  const void* caller = __builtin_return_address(0);
  int saved = errno;
  Capsule* capsule = capsule_of(caller);
  void* handle = capsule != nullptr ? open_for(caller, *capsule, file, mode) : ::dlopen(file, mode);
  if (handle != nullptr) errno = saved;
  return handle;
}

void* hooked_dlmopen(Lmid_t space, const char* file, int mode) {
  const void* caller = __builtin_return_address(0);
  Capsule* capsule = capsule_of(caller);
  if (capsule != nullptr && space == capsule->space) return open_for(caller, *capsule, file, mode);
  return ::dlmopen(space, file, mode);
}

int hooked_dlclose(void* handle) {
  // By the handle, not by the caller: a tail call to dlclose hides who that is.
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

}  // namespace

std::span<const Hook> dl_hooks() {
  static const Hook kHooks[] = {
      {"dlopen", reinterpret_cast<const void*>(&hooked_dlopen)},
      {"dlmopen", reinterpret_cast<const void*>(&hooked_dlmopen)},
      {"dlclose", reinterpret_cast<const void*>(&hooked_dlclose)},
  };
  return kHooks;
}

}  // namespace bulkhead::capsule
