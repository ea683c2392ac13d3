#include "sharing/unique.h"

#include <algorithm>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "elf/relocs.h"
#include "image/tables.h"
#include "plan/rules_of_thumb.h"
#include "shims/shim.h"

namespace bulkhead::sharing {

namespace {

using handoff::ShimHeader;

bool is_in_shim(process::BaseView& base, elf::Addr address) {
  return std::ranges::any_of(base.entries(), [&](const process::BaseView::Entry& entry) {
    return entry.loaded.contains(address) && shims::shim_in(entry.loaded) != nullptr;
  });
}

// Others hardly have such names, and every start of a program would pay for the question.
bool needs_cxx(const resolve::Library& library) {
  return std::ranges::any_of(
      library.needs, [](const resolve::Need& need) { return plan::is_cxx_runtime(need.name); });
}

bool defines_unique(const elf::Object& library, const elf::SymbolName& name) {
  return library.symbols.for_each_named(name.text(), [&](elf::SymbolIndex index) {
    const elf::Sym& symbol = library.symbols[index];
    return elf::is_exported(symbol) && image::is_unique(symbol);
  });
}

// Calls `visit(symbol, address)` for those that a library of the base refers to and defines. ld.so
// has bound each to the first one.
template <class Visit>
void for_each_bound(const elf::Object& library, Visit visit) {
  auto bound = [&](const elf::Relocation& relocation) {
    const std::optional<elf::SymbolIndex> index = library.symbols.index(relocation.symbol);
    if (!index || relocation.type != arch::Native::kGlobDat) return;
    const elf::Sym& symbol = library.symbols[*index];
    if (elf::symbol_binding(symbol) != STB_GNU_UNIQUE || symbol.st_shndx == SHN_UNDEF) return;
    const auto* word = reinterpret_cast<const elf::Addr*>(library.image.bias() + relocation.offset);
    if (*word != 0) visit(*index, *word);
  };
  // ld.so has read them.
  (void)elf::for_each_symbolic_relocation(library.image, library.dynamic, bound);
}

}  // namespace

List<image::Absolute> unique_of_shims(Arena& arena, process::BaseView& base,
                                      std::span<const ShimHeader* const> shims) {
  List<image::Absolute> found(arena);
  for (const ShimHeader* shim : shims) {
    const elf::Object* tables = base.with_bias(shims::LoadedShim(*shim).image());
    if (tables == nullptr) continue;
    for_each_bound(*tables, [&](elf::SymbolIndex index, elf::Addr bound) {
      const elf::Sym& symbol = tables->symbols[index];
      const bool own = bound == tables->image.bias() + symbol.st_value;
      if (index < shim->first_symbol || own || is_in_shim(base, bound)) return;
      std::string_view name = tables->symbols.name(index);
      found.push_back({name, bound, symbol.st_size});
      debug(Topic::bind, {name, " inside is the first that there was"});
    });
  }
  return found;
}

List<image::Absolute> unique_of_shared(Arena& arena, const capsule::Capsule& capsule,
                                       process::BaseView& base, const resolve::Closure& closure) {
  List<image::Absolute> found(arena);
  if (std::ranges::none_of(closure.libraries(), needs_cxx)) return found;
  for (std::string_view name : capsule.request().share) {
    const elf::Object* shared = plan::is_always_shared(name) ? nullptr : base.find(name);
    if (shared == nullptr) continue;
    List<const elf::Object*> libraries(arena);  // read for the first one
    for_each_bound(*shared, [&](elf::SymbolIndex index, elf::Addr bound) {
      for (std::size_t i = libraries.size(); i < closure.libraries().size(); ++i) {
        Result<elf::Object> object = elf::Object::read(arena, closure.libraries()[i].image);
        // ld.so will say what is wrong with it.
        libraries.push_back(object ? arena.create<elf::Object>(*object) : nullptr);
      }
      const elf::SymbolName wanted = shared->symbols.name(index);
      auto defines = [&](const elf::Object* each) {
        return each != nullptr && defines_unique(*each, wanted);
      };
      if (std::ranges::none_of(libraries, defines)) return;
      found.push_back({wanted.text(), bound, shared->symbols[index].st_size});
      debug(Topic::bind, {wanted.text(), " inside is the one that ", name, " has"});
    });
  }
  return found;
}

}  // namespace bulkhead::sharing
