// The link maps of the base and of a capsule, read as if all were one namespace: see
// native_order.h.
#pragma once

#include <link.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "elf/object.h"
#include "inside/symbol.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::inside {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

using Indices = List<std::uint32_t>;
using Members = std::span<const std::uint32_t>;

// A library on either side. Texts are ld.so's memory.
struct Library {
  const link_map* inside;  // null: the base's
  std::string_view path;
  std::string_view name;  // its SONAME, else what its file is called
  elf::Image image;
  elf::Dynamic dynamic;
  elf::SymbolTable symbols;
  bool
      filters;  // another library's definitions stand in place of its own (DT_FILTER, DT_AUXILIARY)
};

// The link maps of the base and of a capsule as one, as they are while ld.so holds its lock of the
// lists. What has been told once is kept.
class World {
 public:
  World(Arena& arena, const capsule::Capsule& capsule)
      : arena_(arena),
        capsule_(capsule),
        all_(arena),
        mirrors_(arena),
        global_(arena),
        apart_(arena) {
    process::for_each_base_object([&](const process::BaseObject& object) {
      Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
      if (image) add(all_, nullptr, object.name, *image);
      return false;
    });
    base_size_ = all_.size();
    const link_map* each = process::first_of(capsule.space().root());
    for (; each != nullptr; each = process::next_of(each)) {
      const bool generated = process::is_image_path(process::name_of(each));
      if (generated && process::soname_of(each).empty()) continue;
      std::span<const elf::Phdr> headers = process::headers_of(each);
      Result<elf::Image> image = elf::Image::of_memory(process::bias_of(each), headers);
      if (image) add(generated ? mirrors_ : all_, each, process::name_of(each), *image);
    }
    memory_ = arena.array<Memory>(all_.size());
    const std::size_t interposers = interposer_count();
    for (std::uint32_t i = 0; i < interposers; ++i) global_.push_back(for_capsule(i));
    go_on(global_);
    for (std::uint32_t i = 0; i < base_size_; ++i) {
      if (i < interposers || is_shared(i)) apart_.push_back(i);
    }
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(all_.size()); }
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
  Members global() const { return global_.view(); }

  // Of the base what a namespace apart sees: the program, what is preloaded, and what is shared.
  Members visible_apart() const { return apart_.view(); }

  Members with_needs(std::uint32_t first) {
    Memory& memory = memory_[first];
    if (memory.needs.empty()) {
      Indices list(arena_);
      list.push_back(first);
      go_on(list);
      memory.needs = list.view();
    }
    return memory.needs;
  }

  // The list that a library came by: the first one that has it.
  Members came_by(std::uint32_t library) {
    Memory& memory = memory_[library];
    if (memory.came_by.empty()) memory.came_by = find_list_of(library);
    return memory.came_by;
  }

  // What is in later lists that have a library which is not the program's from the beginning.
  Members came_later(std::uint32_t library) {
    Memory& memory = memory_[library];
    if (!memory.knows_later) {
      memory.came_later = find_later(library);
      memory.knows_later = true;
    }
    return memory.came_later;
  }

  bool defines(Arena& scratch, std::uint32_t index, const Symbol& symbol) const {
    const Library& library = all_[index];
    const elf::SymbolTable& symbols = library.symbols;
    bool named = symbols.for_each_hashed(
        symbol.name, [&](elf::SymbolIndex i) { return is_found_by_dlsym(symbols[i]); });
    if (!named || symbol.version.empty()) return named;
    Result<elf::Versions> versions =
        elf::Versions::read(scratch, library.image, library.dynamic, symbols);
    if (!versions || !versions->any()) return true;
    return symbols.for_each_hashed(symbol.name, [&](elf::SymbolIndex i) {
      if (!is_found_by_dlsym(symbols[i])) return false;
      return versions->name(i) == symbol.version;
    });
  }

  // The capsule's mirror of a library; null if it has none.
  const Library* mirror_of(const Library& library) const {
    for (const Library& each : mirrors_) {
      if (each.name == library.name) return &each;
    }
    return nullptr;
  }

  // Of an exposed library; kNone of others.
  std::uint32_t shim_of(std::uint32_t index) const {
    const bool exposed = all_[index].inside != nullptr && !is_private(index);
    return exposed ? named(all_[index].name, 0, base_size_) : kNone;
  }

  // Such a symbol is one for the whole process, whoever asks.
  bool is_unique(std::uint32_t index, const Symbol& symbol) const {
    const elf::SymbolTable& symbols = all_[index].symbols;
    return symbols.for_each_named(symbol.name, [&](elf::SymbolIndex i) {
      return elf::symbol_binding(symbols[i]) == STB_GNU_UNIQUE;
    });
  }

  // Whether it was opened inside with RTLD_DEEPBIND.
  bool looks_deep(std::uint32_t index) const {
    return all_[index].inside != nullptr && capsule_.contents().looks_deep(all_[index].path);
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
  struct Memory {
    Members needs, came_by, came_later;
    bool knows_later = false;
  };

  // ld.so takes for a definition what has an address: also the place in a program by which it knows
  // a function of which it takes the address; and any thread-local symbol that is in a hash table.
  static bool is_found_by_dlsym(const elf::Sym& symbol) {
    return elf::is_exported(symbol) || elf::is_plt_address(symbol) ||
           elf::symbol_type(symbol) == STT_TLS;
  }

  static bool contains(const elf::Image& image, elf::Addr address) {
    for (const elf::Phdr& header : image.program_headers()) {
      if (header.p_type == PT_LOAD && address - image.bias() - header.p_vaddr < header.p_memsz)
        return true;
    }
    return false;
  }

  static void add(List<Library>& list, const link_map* inside, std::string_view path,
                  const elf::Image& image) {
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(image);
    if (!dynamic) return;
    Result<elf::SymbolTable> symbols = elf::SymbolTable::read(image, *dynamic);
    if (!symbols) return;
    std::string_view soname = dynamic->soname();
    std::string_view name = soname.empty() ? file_name_of(path) : soname;
    bool filters = false;
    for (const elf::Dyn& entry : dynamic->entries()) {
      filters = filters || entry.d_tag == DT_FILTER || entry.d_tag == DT_AUXILIARY;
    }
    list.push_back({inside, path, name, image, *dynamic, *symbols, filters});
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

  // Plain dlmopen's libraries have nothing to do with the base's.
  bool is_apart(std::uint32_t library) const {
    return capsule_.request().is_apart() && all_[library].inside != nullptr;
  }
  // Where libraries begin that may have been opened, and have lists with that one.
  std::uint32_t first_opened(std::uint32_t library) const {
    return is_apart(library) ? static_cast<std::uint32_t>(base_size_) : 1;
  }

  Members find_list_of(std::uint32_t library) {
    const bool apart = is_apart(library);
    std::span<bool> seen = arena_.array<bool>(all_.size());
    auto note = [&](Members list) {
      for (std::uint32_t each : list) seen[each] = true;
      return seen[library];
    };
    if (!apart && note(global())) return global();
    for (std::uint32_t i = first_opened(library); i < all_.size(); ++i) {
      const std::uint32_t first = for_capsule(i);
      if (seen[first]) continue;
      if (Members list = with_needs(first); note(list)) return list;
    }
    return with_needs(library);
  }

  Members find_later(std::uint32_t library) {
    std::span<bool> seen = arena_.array<bool>(all_.size());
    for (std::uint32_t each : came_by(library)) seen[each] = true;
    Indices found(arena_);
    for (std::uint32_t i = first_opened(library); i < all_.size(); ++i) {
      const Members list = with_needs(for_capsule(i));
      if (std::ranges::find(list, library) == list.end()) continue;
      for (std::uint32_t each : list) {
        if (!seen[each]) found.push_back(each);
        seen[each] = true;
      }
    }
    return found.view();
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
  const capsule::Capsule& capsule_;
  List<Library> all_;
  List<Library> mirrors_;  // with the other images that have names
  std::size_t base_size_ = 0;
  Indices global_, apart_;
  std::span<Memory> memory_;  // of each library
};

// What a capsule's namespace and the base are, by a callback of dl_iterate_phdr. It is kept, and is
// true as long as nothing is loaded or unloaded. Null if there is no memory.
World* current_world(const capsule::Capsule& capsule, const dl_phdr_info& counters);

// Runs `work(world)` while the lists stay.
template <class Work>
void in_world(const capsule::Capsule& capsule, Work work) {
  struct Context {
    const capsule::Capsule& capsule;
    Work& work;
  } context{capsule, work};
  process::iterate_objects(
      [](dl_phdr_info* counters, std::size_t, void* to) {
        auto* of = static_cast<Context*>(to);
        if (World* world = current_world(of->capsule, *counters)) of->work(*world);
        return 1;
      },
      &context);
}

}  // namespace bulkhead::inside
