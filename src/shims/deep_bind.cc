#include "shims/deep_bind.h"

#include "elf/hash.h"
#include "process/global_scope.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/shim.h"

namespace bulkhead::shims {

using handoff::ShimHeader;

namespace {

constexpr int kAsked = 16;

// What ld.so finds for code in the shim; null if it finds nothing.
const void* meaning_in(const ShimHeader& shim, const char* name) {
  const void* found = call_from(
      shim, reinterpret_cast<const void*>(process::loader_functions().dlsym),
      reinterpret_cast<std::uintptr_t>(RTLD_DEFAULT), reinterpret_cast<std::uintptr_t>(name), 0);
  if (found == nullptr) process::forget_error();
  return found;
}

const void* meaning_in_program(const char* name) {
  const void* found = process::symbol_by(process::program(), name);
  if (found == nullptr) process::forget_error();
  return found;
}

// Whether the shim, or what came with it, comes first for any of the shim's first names that have
// several meanings.
DeepBind comes_first(const ShimHeader& shim, const elf::Object& tables,
                     std::span<const elf::Object* const> global) {
  DeepBind answer = DeepBind::unknown;
  int asked = 0;
  for (elf::SymbolIndex i : tables.symbols.indices(shim.first_symbol)) {
    if (asked == kAsked) break;
    const elf::Sym& symbol = tables.symbols[i];
    unsigned type = elf::symbol_type(symbol);
    if (!elf::is_exported(symbol) || (type != STT_FUNC && type != STT_OBJECT)) continue;
    // To ask for one is to make the first one that of the whole process.
    if (elf::symbol_binding(symbol) == STB_GNU_UNIQUE) continue;
    if (tables.versions.any() && !tables.versions.is_default(i)) continue;
    const elf::SymbolName name = tables.symbols.name(i);
    for (const elf::Object* object : global) {
      // dlsym passes by what has another version than the default one.
      auto answers = [&](elf::SymbolIndex index) {
        return !object->versions.any() || object->versions.is_default(index);
      };
      if (!object->symbols.for_each_named(name, answers)) continue;
      ++asked;
      const void* found = meaning_in(shim, tables.symbols.name(i).data());
      if (found == nullptr) break;  // of another version
      if (reinterpret_cast<elf::Addr>(found) == LoadedShim(shim).image() + symbol.st_value) {
        return DeepBind::yes;
      }
      // Of what is global, or of a library that came with the shim and before it: which may be
      // global, too.
      if (found != meaning_in_program(tables.symbols.name(i).data())) return DeepBind::yes;
      // The program itself comes with nothing.
      if (process::is_in_object(process::program(), found)) answer = DeepBind::no;
      break;
    }
  }
  return answer;
}

}  // namespace

DeepBind deep_bind_of(Arena& arena, process::BaseView& base,
                      std::span<const ShimHeader* const> shims) {
  std::span<const elf::Object* const> global =
      base.objects().first(process::program_scope_size(arena, base));
  DeepBind answer = DeepBind::unknown;
  for (const ShimHeader* shim : shims) {
    const elf::Object* tables = base.with_bias(LoadedShim(*shim).image());
    if (tables == nullptr) continue;
    const DeepBind of_shim = comes_first(*shim, *tables, global);
    if (of_shim == DeepBind::yes) return of_shim;
    if (of_shim == DeepBind::no) answer = of_shim;
  }
  return answer;
}

}  // namespace bulkhead::shims
