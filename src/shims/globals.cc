#include "shims/globals.h"

#include <algorithm>

#include "base/text.h"
#include "elf/glibc.h"
#include "elf/object.h"
#include "plan/rules_of_thumb.h"
#include "process/addresses.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::shims {

bool is_global(Arena& arena, const link_map* library) {
  constexpr int kAsked = 64;
  Result<elf::Image> image = process::image_of(library);
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

bool is_global(Arena& arena, const link_map* library, const char* name, const char* version) {
  const void* found = process::symbol_by(process::program(), name, version);
  if (found == nullptr) {
    process::forget_error();
    return false;
  }
  return process::is_in_object(library, found) || is_global(arena, library);
}

namespace {

// A library and what it needs, but for glibc's own, which everybody has.
List<elf::Object> with_needs(Arena& arena, link_map* root, std::string_view path) {
  List<elf::Object> objects(arena);
  List<const link_map*> known(arena);
  auto add = [&](std::string_view name) {
    const link_map* loaded = process::find_loaded(root, name);
    if (loaded == nullptr || std::ranges::find(known, loaded) != known.end()) return;
    known.push_back(loaded);
    Result<elf::Image> image = process::image_of(loaded);
    if (!image) return;
    if (Result<elf::Object> object = elf::Object::read(arena, *image)) objects.push_back(*object);
  };
  add(path);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const elf::Dynamic dynamic = objects[i].dynamic;  // the list moves when it grows
    dynamic.for_each_needed([&](std::string_view name) {
      if (!plan::is_always_shared(name)) add(name);
    });
  }
  return objects;
}

// Whether that library has a symbol, defined or not, of a name that one of these defines.
bool names_any(const elf::Object& library, const List<elf::Object>& objects) {
  for (elf::SymbolIndex index : library.symbols.indices()) {
    const elf::SymbolName name = library.symbols.name(index);
    if (elf::symbol_binding(library.symbols[index]) == STB_LOCAL) continue;
    if (elf::is_linker_mark(name.text())) continue;
    auto has_it = [&](const elf::Object& object) {
      return object.symbols.for_each_named(name, [](elf::SymbolIndex) { return true; });
    };
    if (std::ranges::any_of(objects, has_it)) return true;
  }
  return false;
}

}  // namespace

bool may_serve(Arena& arena, const capsule::Capsule& capsule, std::string_view path,
               const resolve::Closure& closure) {
  // In what stands for plain dlmopen's the first library that was opened is everybody's scope.
  if (capsule.request().name.starts_with('#')) return true;
  const List<elf::Object> objects = with_needs(arena, capsule.space().root(), path);
  return std::ranges::any_of(closure.libraries(), [&](const resolve::Library& library) {
    Result<elf::Object> object = elf::Object::read(arena, library.image);
    return !object || names_any(*object, objects);  // ld.so will say what is wrong with it
  });
}

List<std::string_view> loaded_globals(Arena& arena, capsule::Capsule& capsule) {
  for (const capsule::BoundShims::Bound& each : capsule.shims().opened_later(arena)) {
    if (!is_global(arena, each.shim)) continue;
    capsule.contents().add_global(arena.copy(process::name_of(each.target)));
    capsule.shims().note_global(each.shim);
  }
  List<std::string_view> all = capsule.contents().globals(arena);
  List<std::string_view> loaded(arena);
  for (std::string_view path : all) {
    if (!process::loaded_as(arena, capsule.space().root(), path).empty()) loaded.push_back(path);
  }
  if (loaded.size() != all.size()) capsule.contents().keep_globals(loaded.view());
  return loaded;
}

}  // namespace bulkhead::shims
