#include "inside/native_order.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "capsule/hook_entries.h"
#include "elf/object.h"
#include "handoff/handoff.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::inside {

using capsule::Capsule;

namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

using Indices = List<std::uint32_t>;

// A library on either side. Texts are ld.so's memory.
struct Library {
  const link_map* inside;  // null: the base's
  std::string_view path;
  std::string_view name;  // its SONAME, else what its file is called
  elf::Image image;
  elf::Dynamic dynamic;
};

// The link maps of the base and of a capsule as one. While this lives ld.so holds its lock of the
// lists.
class World {
 public:
  World(Arena& arena, const Capsule& capsule) : arena_(arena), capsule_(capsule), all_(arena) {
    process::for_each_base_object([&](const process::BaseObject& object) {
      Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
      if (image) add(nullptr, object.name, *image);
      return false;
    });
    base_size_ = all_.size();
    const link_map* each = process::first_of(capsule.space().root());
    for (; each != nullptr; each = process::next_of(each)) {
      if (process::is_image_path(process::name_of(each))) continue;
      std::span<const elf::Phdr> headers = process::headers_of(each);
      Result<elf::Image> image = elf::Image::of_memory(process::bias_of(each), headers);
      if (image) add(each, process::name_of(each), *image);
    }
  }

  const Library& operator[](std::uint32_t index) const { return all_[index]; }

  std::uint32_t containing(const void* address) const {
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
      if (contains(all_[i].image, reinterpret_cast<elf::Addr>(address))) return i;
    }
    return kNone;
  }

  std::uint32_t of(const link_map* inside) const {
    for (auto i = static_cast<std::uint32_t>(base_size_); i < all_.size(); ++i) {
      if (all_[i].inside == inside) return i;
    }
    return kNone;
  }

  // The library that the capsule takes a name for: its own, else the base's; kNone if there is
  // none.
  std::uint32_t named(std::string_view name) const {
    const std::uint32_t own = named(name, base_size_, all_.size());
    return own != kNone ? own : named(name, 0, base_size_);
  }

  // The program, what is preloaded, and all that they need.
  Indices global() const {
    Indices list(arena_);
    const std::size_t interposers = interposer_count();
    for (std::uint32_t i = 0; i < interposers; ++i) list.push_back(for_capsule(i));
    go_on(list);
    return list;
  }

  Indices with_needs(std::uint32_t first) const {
    Indices list(arena_);
    list.push_back(first);
    go_on(list);
    return list;
  }

  // The list that a library came by: the first one that has it. `is_global`: it is the program's.
  Indices came_by(std::uint32_t library, bool& is_global) const {
    std::span<bool> seen = arena_.array<bool>(all_.size());
    auto note = [&](const Indices& list) {
      for (std::uint32_t each : list) seen[each] = true;
      return seen[library];
    };
    // Plain dlmopen's libraries have nothing to do with the base's.
    const bool apart = capsule_.request().of_interface && all_[library].inside != nullptr;
    Indices list = global();
    is_global = !apart && note(list);
    if (is_global) return list;
    for (auto i = static_cast<std::uint32_t>(apart ? base_size_ : 1); i < all_.size(); ++i) {
      const std::uint32_t first = for_capsule(i);
      if (seen[first]) continue;
      list = with_needs(first);
      if (note(list)) return list;
    }
    return with_needs(library);
  }

  bool defines(std::uint32_t index, const Symbol& symbol) const {
    const Library& library = all_[index];
    Result<elf::SymbolTable> symbols = elf::SymbolTable::read(library.image, library.dynamic);
    if (!symbols) return false;
    bool named = symbols->for_each_named(symbol.name, [](std::size_t) { return true; });
    if (!named || symbol.version.empty()) return named;
    Result<elf::Versions> versions =
        elf::Versions::read(arena_, library.image, library.dynamic, symbols->size());
    if (!versions || !versions->any()) return true;
    return symbols->for_each_named(symbol.name, [&](std::size_t i) {
      std::string_view version = versions->name(i);
      return version.empty() || version == symbol.version;
    });
  }

  // Of the base what a namespace apart sees: the program, what is preloaded, and what is shared.
  Indices visible_apart() const {
    Indices list(arena_);
    const std::size_t interposers = interposer_count();
    for (std::uint32_t i = 0; i < base_size_; ++i) {
      if (i < interposers || is_shared(i)) list.push_back(i);
    }
    return list;
  }

  // The capsule has it from the base.
  bool is_shared(std::uint32_t index) const {
    const std::string_view name = all_[index].name;
    return shares(capsule_, name) || capsule_.contents().has_mirror(name);
  }
  bool is_private(std::uint32_t index) const {
    return all_[index].inside != nullptr &&
           !plan::contains(capsule_.request().expose, all_[index].name);
  }

 private:
  static bool contains(const elf::Image& image, elf::Addr address) {
    for (const elf::Phdr& header : image.program_headers()) {
      if (header.p_type == PT_LOAD && address - image.bias() - header.p_vaddr < header.p_memsz)
        return true;
    }
    return false;
  }

  void add(const link_map* inside, std::string_view path, const elf::Image& image) {
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(image);
    if (!dynamic) return;
    std::string_view soname = dynamic->soname();
    all_.push_back({inside, path, soname.empty() ? file_name_of(path) : soname, image, *dynamic});
  }

  std::uint32_t named(std::string_view name, std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (name == all_[i].name || name == all_[i].path) return static_cast<std::uint32_t>(i);
    }
    // Asked for by another name than it calls itself.
    for (std::size_t i = begin; i < end; ++i) {
      if (name == file_name_of(all_[i].path)) return static_cast<std::uint32_t>(i);
    }
    return kNone;
  }

  // What the capsule has in place of a library: of the base's that it has a copy of, or of a shim.
  std::uint32_t for_capsule(std::uint32_t index) const {
    if (index >= base_size_ || index == 0) return index;
    const std::uint32_t own = named(all_[index].name, base_size_, all_.size());
    return own != kNone ? own : index;
  }

  // ld.so maps what is preloaded after the program and before what that needs.
  std::size_t interposer_count() const {
    if (base_size_ == 0 || !all_[0].path.empty()) return 0;
    std::uint32_t first = kNone;
    all_[0].dynamic.for_each_needed([&](std::string_view name) {
      if (first == kNone) first = named(name, 0, base_size_);
    });
    return first != kNone && first != 0 ? first : 1;
  }

  void go_on(Indices& list) const {
    std::span<bool> seen = arena_.array<bool>(all_.size());
    for (std::uint32_t each : list) seen[each] = true;
    for (std::size_t i = 0; i < list.size(); ++i) {
      all_[list[i]].dynamic.for_each_needed([&](std::string_view name) {
        const std::uint32_t needed = named(name);
        if (needed == kNone || seen[needed]) return;
        seen[needed] = true;
        list.push_back(needed);
      });
    }
  }

  Arena& arena_;
  const Capsule& capsule_;
  List<Library> all_;
  std::size_t base_size_ = 0;
};

// Runs `work(world)` while the lists stay.
template <class Work>
void in_world(Arena& arena, const Capsule& capsule, Work work) {
  process::while_lists_stay([&] {
    World world(arena, capsule);
    work(world);
  });
}

// Where to ask for a symbol of that library: what a capsule has of its own of glibc's functions has
// its mirror. `bound`: also what stands before the library for whoever refers to it.
Place place_of(Arena& arena, const Capsule& capsule, const Library& library, const Symbol& symbol,
               bool bound) {
  if (library.inside != nullptr) return {capsule.space().id(), arena.copy(library.path)};
  bool by_mirror =
      capsule.contents().has_mirror(library.name) &&
      (bound || (plan::is_glibc_family(library.name) && is_hooked(capsule, symbol.name)));
  if (by_mirror) return {capsule.space().id(), arena.copy(library.name)};
  return {process::own_space(), arena.copy(library.path)};
}

// Of a list those that define a symbol.
class Finder {
 public:
  Finder(Arena& arena, const World& world, const Capsule& capsule, const Symbol& symbol, bool bound)
      : arena_(arena), world_(world), capsule_(capsule), symbol_(symbol), bound_(bound) {}

  void add(std::uint32_t each, List<Place>& places) const {
    if (world_.defines(each, symbol_)) add_place(each, places);
  }

  // See default_places. `last`: those that come behind what the capsule itself has.
  void add_global(const Indices& list, List<Place>& places, List<Place>& last) const {
    Indices waiting(arena_);
    auto add_all = [&](List<Place>& to) {
      for (std::uint32_t each : waiting) add_place(each, to);
      waiting.truncate(0);
    };
    for (std::uint32_t each : list) {
      if (!world_.defines(each, symbol_)) continue;
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
    places.push_back(place_of(arena_, capsule_, world_[each], symbol_, bound_));
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
  in_world(arena, capsule, [&](const World& world) {
    const std::uint32_t self = world.containing(caller);
    if (self == kNone) return;
    known = true;
    const Finder finder(arena, world, capsule, symbol, false);
    bool is_global = false;
    bool after = false;
    for (std::uint32_t each : world.came_by(self, is_global)) {
      if (after) finder.add(each, places);
      after = after || each == self;
    }
  });
  return known;
}

void default_places(const Capsule& capsule, const Symbol& symbol, const void* caller,
                    DefaultPlaces& places) {
  Arena& arena = places.global.arena();
  in_world(arena, capsule, [&](const World& world) {
    const std::uint32_t self = caller != nullptr ? world.containing(caller) : kNone;
    const Finder finder(arena, world, capsule, symbol, true);
    if (self != kNone && (world[self].dynamic.flags & DF_SYMBOLIC) != 0) {
      finder.add(self, places.before);
    }
    if (capsule.request().of_interface) {
      for (std::uint32_t each : world.visible_apart()) finder.add(each, places.last);
    } else {
      finder.add_global(world.global(), places.global, places.last);
    }
    bool is_global = true;
    if (self == kNone) return;
    const Indices list = world.came_by(self, is_global);
    if (is_global) return;
    for (std::uint32_t each : list) finder.add(each, places.local);
  });
}

void places_by_handle(const Capsule& capsule, const Symbol& symbol, const link_map* handle,
                      List<Place>& places) {
  Arena& arena = places.arena();
  in_world(arena, capsule, [&](const World& world) {
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
