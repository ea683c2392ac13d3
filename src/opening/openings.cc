#include "opening/openings.h"

#include "capsule/registered.h"
#include "late/names.h"
#include "opening/open.h"
#include "outside/late_exposure.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "process/questions.h"
#include "turns/beginnings.h"
#include "turns/under_way.h"

namespace bulkhead::opening {

using capsule::Capsule;
using capsule::registered_capsules;

void make_global(Capsule& capsule, void* handle) {
  auto* library = static_cast<link_map*>(handle);
  Arena arena;
  capsule.contents().add_global(arena.copy(process::name_of(library)));
  process::with_loader_lock(arena, [&] { late::lead_to_global(arena, capsule, library); });
}

namespace {

// Of a handle that ld.so has counted.
void* give_out(Capsule& capsule, void* handle, int mode, link_map* manifest) {
  if (turns::any_waits()) {
    Arena arena;
    process::with_loader_lock(arena,
                              [&] { turns::begin_object(static_cast<const link_map*>(handle)); });
  }
  // glibc crashes on RTLD_GLOBAL in a secondary namespace (BZ 18684); listing the library in every
  // later manifest gives what is opened from now on the same view.
  if ((mode & RTLD_GLOBAL) != 0) make_global(capsule, handle);
  capsule.contents().count_handle(handle, manifest);
  return handle;
}

}  // namespace

// ld.so counts it, and so do we.
void* take_handle(Capsule& capsule, std::string_view path, int mode, link_map* manifest) {
  void* handle = [&] {
    const turns::Again again(capsule, path);
    return process::loaded_handle(capsule.space().id(), path.data(), mode & ~RTLD_GLOBAL);
  }();
  return handle == nullptr ? nullptr : give_out(capsule, handle, mode, manifest);
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
  process::with_loader_lock(arena, [&] {
    const turns::UnderWay under_way(capsule, wanted.name);
    opened = open_libraries(arena, capsule, request);
  });
  if (!opened) return std::unexpected(opened.error());
  // Without a manifest what was opened is the library.
  const bool alone = process::name_of(opened->manifest) == opened->first;
  if (alone && (mode & RTLD_NODELETE) == 0) {
    return give_out(capsule, opened->manifest, mode, nullptr);
  }
  void* handle =
      take_handle(capsule, opened->first, mode, opened->stays ? nullptr : opened->manifest);
  if (handle == nullptr) return fail(Fault::system, "was opened and is not there", opened->first);
  return handle;
}

bool is_open(const void* handle) {
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->contents().has_handle(handle)) return true;
  }
  return false;
}

int close_handle(void* handle) {
  // By the handle: one that another capsule's library was given works as well.
  link_map* manifest = nullptr;
  for (Capsule* capsule : registered_capsules()) {
    if (handle == capsule->space().root()) return 0;
    if (link_map* last = capsule->contents().uncount_handle(handle)) manifest = last;
  }
  int result = process::close_handle(handle);
  if (manifest != nullptr) process::close_handle(manifest);
  return result;
}

int close_for_program(void* handle) {
  for (const Capsule* capsule : registered_capsules()) {
    if (capsule->ending().has_begun() && capsule->contents().has_handle(handle)) return 0;
  }
  const int result = close_handle(handle);
  if (result == 0) outside::end_company(handle);
  return result;
}

}  // namespace bulkhead::opening
