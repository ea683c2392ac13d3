#include "shims/globals.h"

#include "base/text.h"
#include "process/addresses.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::shims {

namespace {

// Whether the program finds symbols of the shim, which is bound: by the first ones, as a library
// that came before may have some of the same names.
bool is_global(Arena& arena, const link_map* shim) {
  constexpr int kAsked = 4;
  Result<elf::Image> image = process::image_of(shim);
  if (!image) return false;
  Result<elf::Object> object = elf::Object::read(arena, *image);
  if (!object) return false;
  int asked = 0;
  for (elf::SymbolIndex i : object->symbols.indices()) {
    if (asked == kAsked) break;
    const elf::Sym& symbol = object->symbols[i];
    unsigned type = elf::symbol_type(symbol);
    if (!elf::is_exported(symbol) || symbol.st_value == 0) continue;
    if (type != STT_FUNC && type != STT_OBJECT) continue;
    // To ask for one is to make the first one that of the whole process.
    if (elf::symbol_binding(symbol) == STB_GNU_UNIQUE) continue;
    if (object->versions.any() && !object->versions.is_default(i)) continue;
    ++asked;
    const char* name = object->symbols.name(i).data();
    void* found = process::symbol_by(process::program(), name);
    if (found == nullptr) {
      process::forget_error();
      return false;
    }
    if (reinterpret_cast<elf::Addr>(found) == process::address_in(*object, symbol)) return true;
  }
  return false;
}

}  // namespace

void note_globals(Arena& arena, capsule::Capsule& capsule) {
  for (const capsule::BoundShims::Bound& each : capsule.shims().opened_later(arena)) {
    if (!is_global(arena, each.shim)) continue;
    capsule.contents().add_global(arena.copy(process::name_of(each.target)));
    capsule.shims().note_global(each.shim);
  }
}

}  // namespace bulkhead::shims
