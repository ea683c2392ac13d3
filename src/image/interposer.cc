#include "image/interposer.h"

#include "arch/machine.h"
#include "base/list.h"
#include "base/text.h"

namespace bulkhead::image {
namespace {

using handoff::Allocation;

struct Known {
  std::string_view name;
  Allocation kind;
};

// ISO C, POSIX and glibc; then jemalloc's own that take any of malloc's memory.
constexpr Known kKnown[] = {
    {"malloc", Allocation::malloc},
    {"calloc", Allocation::calloc},
    {"memalign", Allocation::memalign},
    {"aligned_alloc", Allocation::memalign},
    {"posix_memalign", Allocation::posix_memalign},
    {"valloc", Allocation::valloc},
    {"pvalloc", Allocation::pvalloc},
    {"free", Allocation::free},
    {"cfree", Allocation::free},
    {"free_sized", Allocation::free},
    {"free_aligned_sized", Allocation::free},
    {"realloc", Allocation::realloc},
    {"reallocarray", Allocation::reallocarray},
    {"malloc_usable_size", Allocation::usable_size},
    {"dallocx", Allocation::free},
    {"sdallocx", Allocation::free},
    {"rallocx", Allocation::realloc},
    {"sallocx", Allocation::usable_size},
};

// operator delete and operator delete[], in all their forms, as the Itanium C++ ABI mangles them:
// the pointer is the first parameter. The early heap's memory reaches them by way of an operator
// new that called malloc.
bool is_operator_delete(std::string_view name) {
  return name.starts_with("_ZdlPv") || name.starts_with("_ZdaPv");
}

bool is_operator_new(std::string_view name) {
  return name.starts_with("_Znw" BULKHEAD_MANGLED_SIZE) ||
         name.starts_with("_Zna" BULKHEAD_MANGLED_SIZE);
}

const Known* find(std::string_view name) {
  static constexpr Known kDelete = {"operator delete", Allocation::free};
  for (const Known& each : kKnown) {
    if (each.name == name) return &each;
  }
  return is_operator_delete(name) ? &kDelete : nullptr;
}

}  // namespace

bool has_vague_linkage(std::string_view name, const elf::Sym& symbol) {
  unsigned binding = elf::symbol_binding(symbol);
  if (binding != STB_WEAK && binding != STB_GNU_UNIQUE) return false;
  return name.starts_with("_Z") && !is_operator_new(name) && !is_operator_delete(name);
}

std::span<const handoff::AllocationFunction> allocation_functions(Arena& arena,
                                                                  const Tables& tables,
                                                                  const elf::Strings& names) {
  List<handoff::AllocationFunction> functions(arena);
  bool gives = false, takes = false, changes = false;
  for (std::uint32_t i = tables.first_symbol; i < tables.symbols.size(); ++i) {
    const elf::Sym& symbol = tables.symbols[i];
    if (symbol.st_shndx == SHN_UNDEF || elf::symbol_type(symbol) != STT_FUNC) continue;
    std::string_view name = names.string(symbol.st_name);
    const Known* known = find(name);
    if (known == nullptr) continue;
    gives = gives || name == "malloc";
    takes = takes || name == "free";
    changes = changes || name == "realloc";
    functions.push_back({i, known->kind});
  }
  if (!gives || !takes || !changes) return {};
  return functions.view();
}

}  // namespace bulkhead::image
