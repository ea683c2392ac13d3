#include "capsule/dl_hooks.h"

#include <errno.h>
#include <string.h>

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

// What dlerror() is to say goes by way of ld.so, which keeps it for the thread: as a name that is
// not found, between two marks. See hooked_dlerror.
constexpr std::string_view kMark = "/bulkhead/";

void* refuse(Arena& arena, const Capsule& capsule, std::string_view text) {
  std::string_view name = join(arena, {kMark, text, kMark});
  return ::dlmopen(capsule.space, name.data(), RTLD_LAZY);
}

// An error of ours in ld.so's words, which programs look for, and then in our own.
std::string_view in_words_of_ld_so(Arena& arena, const Capsule& capsule, const Error& error) {
  if (process::is_of_ld_so(error)) return error.because;
  if (error.fault == Fault::malformed && error.subject.starts_with('/')) {
    // Nothing is loaded; but ld.so looks whether it could be.
    std::string_view file = arena.copy(error.subject);
    if (void* loaded = ::dlmopen(capsule.space, file.data(), RTLD_LAZY | RTLD_NOLOAD)) {
      ::dlclose(loaded);
    } else if (const char* text = ::dlerror()) {
      return arena.copy(text);
    }
  }
  Error reason = error;
  reason.subject = {};
  std::string_view words =
      error.fault == Fault::missing ? ": No such file or directory" : std::string_view{};
  return join(arena, {error.subject, ": cannot open shared object file", words,
                      " (bulkhead: ", render(arena, reason), ")"});
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
    return refuse(arena, capsule, in_words_of_ld_so(arena, capsule, opening.result.error()));
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

// The capsule's first manifest, also for its constructors, which run before dlmopen has told.
link_map* root_of(Capsule& capsule, const void* caller) {
  if (capsule.root == nullptr) find_roots();
  if (capsule.root == nullptr) {
    // Another thread than the one that opens it: ld.so lets it ask when that is over.
    process::Owner owner = process::owner_of(caller);
    link_map* first = owner.space != LM_ID_BASE ? owner.object : nullptr;
    while (first != nullptr && first->l_prev != nullptr) first = first->l_prev;
    if (first != nullptr) {
      capsule.space = owner.space;
      __atomic_store_n(&capsule.root, first, __ATOMIC_RELEASE);
    }
  }
  return capsule.root;
}

// The library in the capsule that an address belongs to; null if it is in none of them.
link_map* library_at(const Capsule& capsule, const void* address) {
  process::Owner owner = process::owner_of(address);
  return owner.space == capsule.space ? owner.object : nullptr;
}

void* open_for(const void* caller_address, Capsule& capsule, const char* file, int mode) {
  root_of(capsule, caller_address);
  if (file == nullptr || *file == '\0') {
    // The capsule's own "main program": its first manifest, whose scope is the closure.
    return capsule.root;
  }
  if ((mode & (RTLD_LAZY | RTLD_NOW)) == 0) {
    return ::dlmopen(capsule.space, file, mode & ~RTLD_GLOBAL);  // for its message
  }
  Arena arena;
  link_map* caller = library_at(capsule, caller_address);
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

const void* hooked_dlopen(Capsule& capsule, HookCall& call, const void*) {
  int saved = errno;
  void* handle =
      open_for(call.caller, capsule, argument<const char*>(call, 0), argument<int>(call, 1));
  if (handle != nullptr) errno = saved;
  return done(call, handle);
}

const void* hooked_dlmopen(Capsule& capsule, HookCall& call, const void* original) {
  root_of(capsule, call.caller);
  if (argument<Lmid_t>(call, 0) != capsule.space) return original;
  return done(
      call, open_for(call.caller, capsule, argument<const char*>(call, 1), argument<int>(call, 2)));
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

const void* hooked_dlclose(Capsule& capsule, HookCall& call, const void*) {
  if (capsule.ending) return done(call, 0);  // their destructors wait: see endings.h
  return done(call, close_handle(argument<void*>(call, 0)));
}

const void* hooked_dlerror(Capsule&, HookCall& call, const void*) {
  char* text = ::dlerror();
  std::string_view said = text != nullptr ? text : std::string_view{};
  std::size_t end = said.rfind(kMark);
  if (said.starts_with(kMark) && end >= kMark.size()) {
    // In ld.so's own memory, which stays until the thread's next call.
    ::memmove(text, text + kMark.size(), end - kMark.size());
    text[end - kMark.size()] = '\0';
  }
  return done(call, text);
}

// dlsym or dlvsym, whose third argument the former does not look at.
using Lookup = void* (*)(void*, const char*, const char*);

struct Question {
  Lookup lookup;
  const char* name;
  const char* version;

  void* in(void* handle) const { return lookup(handle, name, version); }

  void* in_library(const Capsule& capsule, std::string_view path) const {
    void* handle = ::dlmopen(capsule.space, path.data(), RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) return nullptr;
    void* found = in(handle);
    ::dlclose(handle);
    return found;
  }
};

// What was opened with RTLD_GLOBAL inside, in that order.
void* find_in_globals(Capsule& capsule, const Question& question) {
  for (std::size_t i = 0;; ++i) {
    std::string_view path;
    {
      Locked locked(capsule.lock);
      if (i == capsule.globals.size()) return nullptr;
      path = capsule.globals[i];  // they live as long as the capsule
    }
    if (void* found = question.in_library(capsule, path)) return found;
  }
}

// The global scope, which RTLD_DEFAULT and the handle of dlopen(NULL) mean: the capsule's closure,
// what was opened with RTLD_GLOBAL, and the program with its libraries. ld.so knows the first, and
// by the caller's return address, which it gets to see, where the caller comes from.
const void* hooked_dlsym(Capsule& capsule, HookCall& call, const void* original) {
  auto* handle = argument<void*>(call, 0);
  if (handle != RTLD_DEFAULT && handle != capsule.root) return original;
  link_map* root = root_of(capsule, call.caller);
  if (root == nullptr) return original;
  const Question question{reinterpret_cast<Lookup>(original), argument<const char*>(call, 1),
                          argument<const char*>(call, 2)};
  if (void* found = question.in(root)) return done(call, found);
  if (void* found = find_in_globals(capsule, question)) return done(call, found);
  void* of_program = question.in(RTLD_DEFAULT);
  if (of_program == nullptr) return original;
  // The caller's own libraries, if it was opened later than the others, come before the program's.
  const link_map* caller = handle == RTLD_DEFAULT ? library_at(capsule, call.caller) : nullptr;
  if (caller != nullptr && question.in_library(capsule, caller->l_name) != nullptr) return original;
  ::dlerror();  // that of this question is nobody's
  return done(call, of_program);
}

}  // namespace

std::span<const Hook> dl_hooks() {
  static constexpr Hook kHooks[] = {
      {"dlopen", &hooked_dlopen},   {"dlmopen", &hooked_dlmopen}, {"dlclose", &hooked_dlclose},
      {"dlerror", &hooked_dlerror}, {"dlsym", &hooked_dlsym},     {"dlvsym", &hooked_dlsym},
  };
  return kHooks;
}

}  // namespace bulkhead::capsule
