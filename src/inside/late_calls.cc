#include "inside/late_calls.h"

#include <link.h>

#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "capsule/registered.h"
#include "elf/object.h"
#include "elf/relocs.h"
#include "inside/symbol_hooks.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/questions.h"

// Guard: written once, by late/calls under ld.so's lock, before anything goes by way of it.
constinit std::uintptr_t bulkhead_late_binder = 0;

namespace bulkhead::inside {

using capsule::Capsule;
using elf::Addr;

namespace {

Capsule* capsule_of(link_map* object) {
  link_map* first = process::first_of(object);
  for (Capsule* capsule : capsule::registered_capsules()) {
    link_map* root = capsule->space().root();
    if (root != nullptr && process::first_of(root) == first) return capsule;
  }
  return nullptr;
}

// 0: ld.so is to bind it.
Addr bind(Arena& arena, link_map* object, std::size_t number) {
  Capsule* capsule = capsule_of(object);
  if (capsule == nullptr) return 0;
  Result<elf::Image> image = process::image_of(object);
  if (!image) return 0;
  Result<elf::Object> library = elf::Object::read(arena, *image);
  if (!library) return 0;
  const std::optional<elf::Relocation> relocation =
      elf::relocation_of_plt(library->image, library->dynamic, number);
  if (!relocation) return 0;
  const std::optional<elf::SymbolIndex> index = library->symbols.index(relocation->symbol);
  if (!index) return 0;
  std::string_view name = library->symbols.name(*index);
  // A version says whose function is meant.
  if (!library->versions.name(*index).empty() || !capsule->contents().is_late(name)) return 0;
  const Addr slot = image->bias() + relocation->offset;
  const auto found = reinterpret_cast<Addr>(
      symbol_by_default(*capsule, name.data(), reinterpret_cast<const void*>(slot)));
  if (found == 0) return 0;
  process::ObjectWriter(*image).write(reinterpret_cast<Addr*>(slot), found);
  debug(Topic::bind, {name, ", called by ", process::name_of(object), ", is there by now"});
  return found;
}

}  // namespace

extern "C" {
// What late_calls.S calls. Returns the function's address; 0 if ld.so is to find it.
__attribute__((visibility("hidden"), used)) std::uintptr_t bulkhead_bind_late(link_map* object,
                                                                              std::size_t number) {
  KeepErrno keep;
  Arena arena;
  return bind(arena, object, number);
}
}

}  // namespace bulkhead::inside
