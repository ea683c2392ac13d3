// dlmopen as it was proposed for glibc.
#include <link.h>

#include "api/interface.h"
#include "api/registry.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/inventory.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "inside/dl_errors.h"
#include "opening/demand.h"
#include "opening/openings.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::api {
namespace {

using capsule::Capsule;

constexpr int kOurs = BH_RTLD_SHARED | BH_RTLD_ISOLATE;

// Says what dlerror is to say: of files what ld.so would say of them.
void* fail_with(Arena& arena, const Error& error) {
  bool of_file =
      !error.subject.empty() && (error.fault == Fault::missing || error.fault == Fault::malformed);
  return inside::refuse(arena, LM_ID_BASE,
                        of_file || process::is_of_ld_so(error)
                            ? inside::in_words_of_ld_so(arena, LM_ID_BASE, error)
                            : render(arena, error));
}

void* fail_with(Arena& arena, std::string_view text) {
  return inside::refuse(arena, LM_ID_BASE, text);
}

// In use by one call of bh_dlmopen, until the library that it opens says so by itself.
class CapsuleInUse {
 public:
  explicit CapsuleInUse(Capsule* capsule) : capsule_(capsule) {}
  ~CapsuleInUse() {
    if (capsule_ != nullptr) capsule_->use().end();
  }
  CapsuleInUse(const CapsuleInUse&) = delete;
  CapsuleInUse& operator=(const CapsuleInUse&) = delete;

 private:
  Capsule* capsule_;
};

bool take_if_unused(Capsule& capsule) {
  if (!capsule.use().take_if_free()) return false;
  if (!capsule.space().is_open()) return true;  // it is new, or could not be opened
  if (opening::is_empty(capsule)) {
    capsule.contents().forget_openings();
    return true;
  }
  capsule.use().end();
  return false;
}

// One that nothing is left in, or a new one. Its `users` are one more.
Result<Capsule*> new_namespace(Arena& arena, bool isolated) {
  for (Capsule* capsule : capsule::registered_capsules()) {
    bool anonymous = capsule->request().name.starts_with("#namespace");
    if (!anonymous || capsule->request().isolated != isolated || !capsule->space().is_open())
      continue;
    if (take_if_unused(*capsule)) return capsule;
  }
  handoff::Request request;
  request.tree = "/";
  request.isolated = isolated;
  request.own_heap = isolated;
  request.of_interface = true;
  for (std::uint64_t number = 1;; ++number) {
    request.name = join(arena, {"#namespace ", decimal(arena, number)});
    Result<Registered> entry = register_request(arena, handoff::encode(arena, request), false);
    if (!entry) return std::unexpected(entry.error());
    Capsule& capsule = *entry->capsule;
    Attempt attempt(capsule);
    if (!take_if_unused(capsule)) continue;
    if (Status opened = opening::open_empty(arena, capsule); !opened) {
      capsule.use().end();
      return std::unexpected(opened.error());
    }
    return &capsule;
  }
}

// Also one that somebody else has made. Its `users` are one more.
Result<Capsule*> existing_namespace(Arena& arena, Lmid_t space) {
  for (Capsule* capsule : capsule::registered_capsules()) {
    if (!capsule->space().is_open() || capsule->space().id() != space) continue;
    capsule->use().begin();
    return capsule;
  }
  // ld.so tells whether there is one, before a capsule is registered for it.
  Result<int> in_use = capsule::iterate_over_namespace(
      arena, space, [](dl_phdr_info*, std::size_t, void*) { return 1; }, nullptr);
  if (!in_use) return std::unexpected(in_use.error());
  handoff::Request request;
  request.tree = "/";
  request.name = join(arena, {"#adopted ", decimal(arena, static_cast<std::uint64_t>(space))});
  request.of_interface = true;
  Result<Registered> entry = register_request(arena, handoff::encode(arena, request), false, space);
  if (!entry) return std::unexpected(entry.error());
  Attempt attempt(*entry->capsule);
  if (Status opened = opening::open_empty(arena, *entry->capsule); !opened) {
    return std::unexpected(opened.error());
  }
  entry->capsule->use().begin();
  return entry->capsule;
}

// In the program's namespace nothing is different but for the search paths, which are the caller's.
void* open_in_base(Arena& arena, const char* file, int mode, const void* caller) {
  mode &= ~kOurs;
  if (file == nullptr || std::string_view(file).find('/') != std::string_view::npos) {
    return process::open_file(LM_ID_BASE, file, mode);
  }
  void* loaded = process::loaded_handle(LM_ID_BASE, file, mode);
  if (loaded != nullptr || (mode & RTLD_NOLOAD) != 0) return loaded;
  Result<resolve::Tree> tree = resolve::Tree::open(arena, "/");
  if (!tree) return fail_with(arena, tree.error());
  Result<resolve::Searcher> searcher =
      resolve::Searcher::open(arena, *tree, process::library_path(arena));
  if (!searcher) return fail_with(arena, searcher.error());
  Result<resolve::Found> found = searcher->find(file, capsule::scope_of_caller(arena, caller));
  // For its message.
  if (!found) return process::open_file(LM_ID_BASE, file, mode);
  std::string_view path = arena.copy(found->file.host_path);
  // Constructors must not find a descriptor of ours among the program's.
  *found = resolve::Found{};
  { resolve::Tree closed = static_cast<resolve::Tree&&>(*tree); }
  return process::open_file(LM_ID_BASE, path.data(), mode);
}

void* open(Arena& arena, Lmid_t space, const char* file, int mode, const void* caller) {
  if ((mode & (RTLD_LAZY | RTLD_NOW)) == 0) {
    return fail_with(arena, "bh_dlmopen: the mode has neither RTLD_LAZY nor RTLD_NOW");
  }
  if ((mode & BH_RTLD_ISOLATE) != 0 && (mode & BH_RTLD_SHARED) != 0) {
    return fail_with(arena, "bh_dlmopen: RTLD_ISOLATE and RTLD_SHARED exclude each other");
  }
  if ((mode & BH_RTLD_ISOLATE) != 0 && space == LM_ID_BASE) {
    return fail_with(arena, "bh_dlmopen: the program's own namespace cannot be isolated");
  }
  if (file != nullptr) file = capsule::with_origin_of_caller(arena, file, caller).data();
  if (space == LM_ID_BASE) return open_in_base(arena, file, mode, caller);
  if (file == nullptr || *file == '\0') {
    return fail_with(arena, "bh_dlmopen: no file is named, and the program is not in there");
  }
  Result<Capsule*> capsule = space == LM_ID_NEWLM
                                 ? new_namespace(arena, (mode & BH_RTLD_ISOLATE) != 0)
                                 : existing_namespace(arena, space);
  if (!capsule) return fail_with(arena, capsule.error());
  CapsuleInUse in_use(*capsule);
  if (space != LM_ID_NEWLM && (mode & BH_RTLD_ISOLATE) != 0 && !(*capsule)->request().isolated &&
      !(*capsule)->is_adopted()) {
    return fail_with(
        arena, "bh_dlmopen: the namespace has the program's libc already, and cannot be isolated");
  }
  // To plain dlmopen, what is opened first in a namespace is what a program is in its own.
  int global = space == LM_ID_NEWLM ? RTLD_GLOBAL : 0;
  Result<void*> handle = opening::open_on_demand(
      arena, **capsule,
      {file, (mode & ~kOurs) | global, (mode & BH_RTLD_SHARED) != 0,
       capsule::scope_of_caller(arena, caller), process::library_path(arena)});
  return handle ? *handle : fail_with(arena, handle.error());
}

}  // namespace
}  // namespace bulkhead::api

extern "C" {

__attribute__((visibility("default"), noinline)) void* bh_dlmopen(long space, const char* file,
                                                                  int mode) {
  bulkhead::KeepErrno keep;
  bulkhead::Arena arena;
  return bulkhead::api::open(arena, space, file, mode, __builtin_return_address(0));
}

__attribute__((visibility("default"))) int bh_dlclose(void* handle) {
  bulkhead::KeepErrno keep;
  return bulkhead::opening::close_handle(handle);
}

__attribute__((visibility("default"))) char* bh_dlerror() {
  bulkhead::KeepErrno keep;
  return bulkhead::inside::last_error();
}

__attribute__((visibility("default"))) int bh_dl_iterate_ns_phdr(
    long space, int (*callback)(dl_phdr_info* info, size_t size, void* data), void* data) {
  bulkhead::KeepErrno keep;
  bulkhead::Arena arena;
  bulkhead::Result<int> result =
      bulkhead::capsule::iterate_over_namespace(arena, space, callback, data);
  return result ? *result : -1;
}
}
