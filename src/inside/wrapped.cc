#include "inside/wrapped.h"

#include "capsule/strict.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "elf/object.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "process/questions.h"
#include "sharing/stand_ins.h"
#include "shims/shim.h"

namespace bulkhead::inside {
namespace {

bool replaces_function_of(Arena& arena, const handoff::ShimHeader& interposer,
                          const link_map* library) {
  Result<elf::Object> shim = shims::LoadedShim(interposer).read(arena);
  Result<elf::Image> image = process::image_of(library);
  if (!shim || !image) return false;
  Result<elf::Object> object = elf::Object::read(arena, *image);
  if (!object) return false;
  for (elf::SymbolIndex i :
       shim->symbols.indices(interposer.first_symbol, interposer.symbol_count)) {
    const elf::Sym& symbol = shim->symbols[i];
    if (!elf::is_exported(symbol) || elf::symbol_type(symbol) != STT_FUNC) continue;
    std::string_view name = shim->symbols.name(i);
    if (elf::is_linker_mark(name)) continue;
    if (object->symbols.for_each_named(name, [](elf::SymbolIndex) { return true; })) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::string_view> wrapped_library(Arena& arena, capsule::Capsule& capsule,
                                         std::string_view file) {
  Result<std::string_view> result = std::string_view{};
  // The program's other threads may close it.
  process::with_loader_lock(arena, [&] {
    const handoff::ShimHeader& interposer = *capsule.interposer();
    link_map* of_base = shims::loaded_shim(interposer);
    const link_map* library = process::find_loaded(of_base, file);
    if (library == nullptr || library == of_base) return;
    std::string_view name = process::soname_of(library);
    if (!name.empty() && shares(capsule, name)) return;
    if (!replaces_function_of(arena, interposer, library)) return;
    if (capsule.request().strict) {
      result = capsule::refuse_sharing(arena, capsule, name.empty() ? file : name,
                                       "the tool replaces functions of it, and the program has it");
      return;
    }
    // What makes its mirror keeps it for good; until then other threads may close it.
    process::pin_in_base(arena, process::name_of(library));
    Result<std::string_view> added = sharing::add_stand_in(arena, capsule, library);
    if (added) result = added;
  });
  return result;
}

}  // namespace bulkhead::inside
