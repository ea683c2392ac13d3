#include "inside/native_order.h"

#include <algorithm>

#include "capsule/hook_entries.h"
#include "elf/object.h"
#include "inside/native_world.h"
#include "plan/rules_of_thumb.h"
#include "process/modules.h"

namespace bulkhead::inside {

using capsule::Capsule;

namespace {

// The address of a symbol that a library has once, under its default version, and that is neither
// thread-local nor an IFUNC; null for others.
void* plain_address(const Library& library, const Symbol& symbol) {
  if (!symbol.version.empty() || library.filters) return nullptr;
  std::size_t count = 0;
  elf::Addr address = 0;
  library.symbols.for_each_named(symbol.name, [&](elf::SymbolIndex index) {
    ++count;
    const elf::Sym& found = library.symbols[index];
    const unsigned type = elf::symbol_type(found);
    const elf::Versym* version =
        library.dynamic.versym == 0
            ? nullptr
            : library.image.object<elf::Versym>(library.dynamic.versym + index * sizeof *version);
    const bool plain = (type == STT_FUNC || type == STT_OBJECT) &&
                       elf::symbol_binding(found) != STB_GNU_UNIQUE &&
                       (version == nullptr || (*version & elf::kVersionHidden) == 0);
    if (plain) {
      address = found.st_value + (found.st_shndx == SHN_ABS ? 0 : library.image.bias());
    }
    return !plain || count > 1;
  });
  return count == 1 ? reinterpret_cast<void*>(address) : nullptr;
}

// Where to ask for a symbol of that library: what a capsule has of its own of glibc's functions has
// its mirror. `bound`: also what stands before the library for whoever refers to it.
Place place_of(Arena& arena, const World& world, const Capsule& capsule, const Library& library,
               const Symbol& symbol, bool bound) {
  if (library.inside != nullptr) {
    return {capsule.space().id(), arena.copy(library.path), plain_address(library, symbol)};
  }
  const bool hooked = plan::is_glibc_family(library.name) && is_hooked(capsule, symbol.name);
  const Library* mirror = bound || hooked ? world.mirror_of(library) : nullptr;
  if (mirror != nullptr) {
    return {capsule.space().id(), arena.copy(library.name), plain_address(*mirror, symbol)};
  }
  return {process::own_space(), arena.copy(library.path), plain_address(library, symbol)};
}

// Of a list those that define a symbol. Asked for a version of it, each is asked itself: what
// stands before a library for who refers to the name may not have that version.
class Finder {
 public:
  Finder(Arena& arena, const World& world, const Capsule& capsule, const Symbol& symbol, bool bound)
      : arena_(arena),
        world_(world),
        capsule_(capsule),
        symbol_(symbol),
        bound_(bound && symbol.version.empty()) {}

  void add(std::uint32_t each, List<Place>& places) const {
    if (world_.defines(arena_, each, symbol_)) add_place(each, places);
  }

  // See default_places. `last`: those that come behind what the capsule itself has.
  void add_global(Members list, List<Place>& places, List<Place>& last) const {
    Indices waiting(arena_);
    auto add_all = [&](List<Place>& to) {
      for (std::uint32_t each : waiting) add_place(each, to);
      waiting.truncate(0);
    };
    for (std::uint32_t each : list) {
      if (!world_.defines(arena_, each, symbol_)) continue;
      if (world_[each].inside == nullptr && !world_.is_shared(each)) {
        waiting.push_back(each);
        continue;
      }
      if (!world_.is_private(each)) add_all(places);
      add_place(each, places);
    }
    add_all(last);
  }

 private:
  void add_place(std::uint32_t each, List<Place>& places) const {
    // The first such symbol in a process is that of all. Which one it is the program's ld.so knows,
    // to which an exposed library's is its shim's.
    const std::uint32_t shim = world_.shim_of(each);
    if (shim != kNone && world_.is_unique(each, symbol_)) {
      places.push_back({process::own_space(), arena_.copy(world_[shim].path)});
      return;
    }
    places.push_back(place_of(arena_, world_, capsule_, world_[each], symbol_, bound_));
  }

  Arena& arena_;
  const World& world_;
  const Capsule& capsule_;
  const Symbol& symbol_;
  const bool bound_;
};

}  // namespace

bool next_places(const Capsule& capsule, const Symbol& symbol, const void* caller,
                 List<Place>& places) {
  Arena& arena = places.arena();
  bool known = false;
  in_world(capsule, [&](World& world) {
    const std::uint32_t self = world.containing(caller);
    if (self == kNone) return;
    known = true;
    const Finder finder(arena, world, capsule, symbol, false);
    bool after = false;
    for (std::uint32_t each : world.came_by(self)) {
      if (after) finder.add(each, places);
      after = after || each == self;
    }
  });
  return known;
}

void default_places(const Capsule& capsule, const Symbol& symbol, const void* caller,
                    DefaultPlaces& places) {
  Arena& arena = places.global.arena();
  in_world(capsule, [&](World& world) {
    const std::uint32_t self = caller != nullptr ? world.containing(caller) : kNone;
    const Finder finder(arena, world, capsule, symbol, true);
    if (self != kNone && (world[self].dynamic.flags & DF_SYMBOLIC) != 0 &&
        !world.is_unique(self, symbol)) {
      finder.add(self, places.before);
    }
    if (self != kNone && world.looks_deep(self)) {
      // The libraries' own definitions: what is bound to others is what comes first for these.
      const Finder own(arena, world, capsule, symbol, false);
      for (std::uint32_t each : world.came_by(self)) own.add(each, places.before);
    }
    if (capsule.request().is_apart()) {
      const Members first = world.global();
      for (std::uint32_t each : world.visible_apart()) {
        const bool later = std::ranges::find(first, each) == first.end();
        finder.add(each, later ? places.opened : places.last);
      }
    } else {
      finder.add_global(world.global(), places.global, places.last);
    }
    if (self == kNone) return;
    const Members list = world.came_by(self);
    if (list.data() == world.global().data()) return;
    for (std::uint32_t each : list) finder.add(each, places.local);
    for (std::uint32_t each : world.came_later(self)) finder.add(each, places.local);
    // What is exposed is the program's: the program's own comes before.
    for (std::uint32_t each : list) {
      if (world[each].inside == nullptr || !world.defines(arena, each, symbol)) continue;
      if (capsule.request().is_apart() || world.is_private(each)) break;
      places.global.append(places.last.view());
      places.last.truncate(0);
      break;
    }
  });
}

bool is_in_later_scope(const Capsule& capsule, const Symbol& symbol, const void* caller) {
  Arena arena;
  bool found = false;
  in_world(capsule, [&](World& world) {
    const std::uint32_t self = caller != nullptr ? world.containing(caller) : kNone;
    if (self == kNone || world.came_by(self).data() != world.global().data()) return;
    for (std::uint32_t each = 0; each < world.size() && !found; ++each) {
      if (world[each].inside == nullptr) continue;
      const Members list = world.came_by(each);
      found = list.data() != world.global().data() && world.defines(arena, each, symbol) &&
              std::ranges::find(list, self) != list.end();
    }
  });
  return found;
}

bool has_unique(const link_map* library, std::string_view name) {
  Result<elf::Image> image = process::image_of(library);
  if (!image) return false;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return false;
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(*image, *dynamic);
  return symbols && symbols->for_each_named(name, [&](elf::SymbolIndex index) {
    return elf::symbol_binding((*symbols)[index]) == STB_GNU_UNIQUE;
  });
}

void places_by_handle(const Capsule& capsule, const Symbol& symbol, const link_map* handle,
                      List<Place>& places) {
  Arena& arena = places.arena();
  in_world(capsule, [&](World& world) {
    std::uint32_t first = world.of(handle);
    if (first == kNone && process::is_image_path(process::name_of(handle))) {
      first = world.named(process::soname_of(handle));
    }
    if (first == kNone) return;
    const Finder finder(arena, world, capsule, symbol, false);
    for (std::uint32_t each : world.with_needs(first)) finder.add(each, places);
  });
}

}  // namespace bulkhead::inside
