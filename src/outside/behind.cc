#include "outside/behind.h"

#include "base/keep_errno.h"
#include "base/list.h"
#include "capsule/registered.h"
#include "elf/dynamic.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::outside {

using capsule::Capsule;
using capsule::registered_capsules;

namespace {

// A library of a capsule for which a shim stands; null for what is no shim.
struct Behind {
  Capsule* capsule = nullptr;
  const link_map* target = nullptr;
};

Behind behind(const void* object) {
  for (Capsule* capsule : registered_capsules()) {
    if (capsule->is_native()) continue;
    if (const link_map* target = capsule->shims().target_of(object)) return {capsule, target};
  }
  return {};
}

// The library as a handle, which it was not if it was only needed so far; null if that cannot be.
link_map* handle_of(const Behind& library) {
  auto* target = const_cast<link_map*>(library.target);
  capsule::BoundShims& shims = library.capsule->shims();
  if (!shims.is_searchable(target)) {
    // Two threads may do this, which does no harm.
    Lmid_t space = library.capsule->space().id();
    if (process::loaded_handle(space, process::name_of(target)) == nullptr) return nullptr;
    shims.mark_searchable(target);
  }
  return target;
}

void* symbol_in(const Behind& library, const char* name, const char* version) {
  link_map* handle = handle_of(library);
  return handle != nullptr ? process::symbol_by(handle, name, version) : nullptr;
}

// What an object of the base needs is loaded for as long as the object is.
void add_needed(Arena& arena, const link_map* object, List<link_map*>& list) {
  Result<elf::Image> image = process::image_of(object);
  if (!image) return;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return;
  dynamic->for_each_needed([&](std::string_view name) {
    link_map* needed = process::find_loaded(list[0], name);
    if (needed == nullptr) needed = process::loaded_in_base(arena, name);
    for (const link_map* each : list) {
      if (each == needed) return;
    }
    if (needed != nullptr) list.push_back(needed);
  });
}

}  // namespace

void* symbol_behind(void* handle, const char* name, const char* version) {
  if (Behind library = behind(handle); library.target != nullptr) {
    return symbol_in(library, name, version);
  }
  // The program's own scope has what is exposed, and no more.
  auto* first = static_cast<link_map*>(handle);
  link_map* program = process::program();
  if (first == program || process::first_of(first) != program) return nullptr;
  Arena arena;
  List<link_map*> list(arena);
  list.push_back(first);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (Behind library = behind(list[i]); library.target != nullptr) {
      if (void* found = symbol_in(library, name, version)) return found;
    } else {
      add_needed(arena, list[i], list);
    }
  }
  return nullptr;
}

void* lacking_library(const void* found) {
  for (Capsule* capsule : registered_capsules()) {
    // What replaces functions answers itself.
    if (capsule->is_native() || capsule->interposer() != nullptr) continue;
    if (const link_map* target = capsule->shims().target_at(found)) {
      return handle_of({capsule, target});
    }
  }
  return nullptr;
}

int info_behind(void* handle, int request, void* answer) {
  Behind library;
  if (request != RTLD_DI_LMID) library = behind(handle);
  link_map* instead = nullptr;
  if (library.target != nullptr) {
    KeepErrno keep;
    // The program may take its link_map for a handle.
    instead = handle_of(library);
  }
  return process::ask_of_handle(instead != nullptr ? instead : handle, request, answer);
}

}  // namespace bulkhead::outside
