#include "opening/own_definitions.h"

#include <algorithm>
#include <optional>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/hook_entries.h"
#include "elf/hash.h"
#include "opening/earlier_definitions.h"
#include "opening/program_names.h"
#include "plan/rules_of_thumb.h"
#include "process/modules.h"
#include "sharing/brought.h"

namespace bulkhead::opening {

using capsule::Capsule;
using image::Absolute;

namespace {

// A library of the scope.
struct Place {
  const elf::Object* object;
  std::optional<std::size_t> in_base;  // of a mirror: the index of what it stands for
  bool is_opened = false;              // now
};

class Search {
 public:
  Search(Arena& arena, const Capsule& capsule, process::BaseView& base)
      : arena_(arena), capsule_(capsule), base_(base), places_(arena), found_(arena) {}

  void add_library(const elf::Image& image, bool is_opened) {
    Result<elf::Object> object = elf::Object::read(arena_, image);
    // ld.so will say what is wrong with it.
    if (object) places_.push_back({arena_.create<elf::Object>(*object), {}, is_opened});
  }

  // What is shared; or what the capsule has loaded under that name.
  void add_name(std::string_view name) {
    std::string_view library = sharing::library_of(name);
    if (shares(capsule_, library) || sharing::is_brought(name)) {
      const std::size_t index = base_.index_of(library);
      if (index < base_.objects().size()) places_.push_back({base_.objects()[index], index});
      return;
    }
    const link_map* loaded = process::find_loaded(capsule_.space().root(), name);
    if (loaded == nullptr) return;
    Result<elf::Image> image = process::image_of(loaded);
    if (image) add_library(*image, false);
  }

  // What the opened ones refer to.
  List<Absolute> run() {
    for (const Place& place : places_) {
      if (!place.is_opened) continue;
      const elf::Object& library = *place.object;
      for (elf::SymbolIndex i : library.symbols.indices()) {
        const elf::Sym& symbol = library.symbols[i];
        const unsigned binding = elf::symbol_binding(symbol);
        if (symbol.st_shndx != SHN_UNDEF || elf::symbol_type(symbol) == STT_TLS) continue;
        if (binding == STB_GLOBAL || binding == STB_WEAK)
          look_at(library.symbols.name(i), library.versions.name(i));
      }
    }
    return found_;
  }

 private:
  void look_at(std::string_view text, std::string_view version) {
    if (text.empty() || plan::contains(kHeap, text)) return;
    const elf::SymbolName name = text;
    for (const Place& place : places_) {
      std::optional<elf::SymbolIndex> symbol = place.object->find(name, version);
      if (!symbol) continue;
      if (place.in_base && is_preceded(*place.in_base, name)) add(*place.object, *symbol, version);
      return;
    }
  }

  // Whether the mirror may lead elsewhere.
  bool is_preceded(std::size_t in_base, const elf::SymbolName& name) {
    std::span<const elf::Object* const> earlier = base_.objects().first(in_base);
    return std::ranges::any_of(earlier, [&](const elf::Object* each) {
      return each == earlier.front() ? each->find_address(name, {}).has_value()
                                     : each->find(name, {}).has_value();
    });
  }

  void add(const elf::Object& library, elf::SymbolIndex symbol, std::string_view version) {
    std::string_view name = library.symbols.name(symbol);
    if (plan::is_glibc_family(library.dynamic.soname()) && is_hooked(capsule_, name)) return;
    for (const Absolute& each : found_) {
      if (each.name == name && each.version == version) return;
    }
    Absolute entry = definition_in(arena_, library, symbol, false);
    if (entry.address == 0 || entry.is_thread_local) return;
    entry.references = version.empty() ? Absolute::For::unversioned : Absolute::For::version;
    entry.version = version;
    found_.push_back(entry);
    debug(Topic::bind, {name, " is the own one of ", library.dynamic.soname()});
  }

  Arena& arena_;
  const Capsule& capsule_;
  process::BaseView& base_;
  List<Place> places_;
  List<Absolute> found_;
};

}  // namespace

List<Absolute> own_definitions(Arena& arena, const Capsule& capsule, process::BaseView& base,
                               const resolve::Closure& closure, std::span<const Entry> entries) {
  Search search(arena, capsule, base);
  for (const Entry& entry : entries) {
    if (entry.library != resolve::kNone) {
      search.add_library(closure.libraries()[entry.library].image, true);
    } else {
      search.add_name(entry.shared);
    }
  }
  return search.run();
}

}  // namespace bulkhead::opening
