#include "inside/symbol_lookup.h"

#include "base/list.h"
#include "elf/dynamic.h"
#include "isolation/isolate.h"
#include "isolation/own_heap.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::inside {

using capsule::Capsule;

namespace {

bool is_mirror(const Capsule& capsule, const link_map* object) {
  if (!process::is_image_path(process::name_of(object))) return false;
  return capsule.contents().has_mirror(process::soname_of(object));
}

// Adds the names that the base's library needs for which the capsule has no library of its own.
// They are in its memory: what has a mirror stays loaded.
void add_needs(const Capsule& capsule, std::string_view name, List<std::string_view>& names) {
  // One that was found by its file, and has no such name, is not looked for.
  const link_map* library = process::find_loaded(process::program(), name);
  if (library == nullptr) return;
  Result<elf::Image> image = process::image_of(library);
  if (!image) return;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return;
  dynamic->for_each_needed([&](std::string_view needed) {
    bool inside = shares(capsule, needed) || has_own(capsule, needed);
    if (inside && !plan::contains(names.view(), needed)) names.push_back(needed);
  });
}

}  // namespace

void* Question::in_library(const Capsule& capsule, std::string_view path) const {
  return in_loaded(capsule.space().id(), path);
}

void* Question::in_loaded(Lmid_t space, std::string_view path) const {
  void* handle = process::loaded_handle(space, path.data());
  if (handle == nullptr) return nullptr;
  void* found = in(handle);
  process::close_handle(handle);
  return found;
}

void* find_behind_mirror(Capsule& capsule, const Question& question, link_map* handle) {
  if (!is_mirror(capsule, handle)) return nullptr;
  Arena arena;
  List<std::string_view> names(arena);
  names.push_back(process::soname_of(handle));
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) {
      if (void* found = question.in_library(capsule, names[i])) return found;
    }
    add_needs(capsule, names[i], names);
  }
  return nullptr;
}

void* find_in_programs_names(const Capsule& capsule, const Question& question) {
  if (capsule.isolation() == nullptr) return nullptr;
  if (capsule.request().own_heap) {
    if (void* found = question.in_library(capsule, isolation::kHeapNames)) return found;
  }
  return question.in_library(capsule, isolation::kProgramsNamesNext);
}

bool is_in_own_glibc(const Capsule& capsule, const void* address) {
  if (capsule.isolation() == nullptr) return false;
  process::Owner owner = process::owner_of(address);
  return owner.object != nullptr && owner.space == capsule.space().id() &&
         has_own(capsule, process::soname_of(owner.object));
}

}  // namespace bulkhead::inside
