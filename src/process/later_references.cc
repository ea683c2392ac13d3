#include "process/later_references.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "elf/glibc.h"
#include "elf/object.h"
#include "process/modules.h"
#include "process/object_writer.h"
#include "process/own_imports.h"

namespace bulkhead::process {
namespace {

using elf::Addr;

// Guard: written once, by who holds ld.so's lock; g_count, which is atomic, says that they are.
constinit Lead g_leads[kMaxLeads] = {};
constinit std::size_t g_count = 0;

bool is_beside_code(const elf::Object& library) {
  Addr table = reinterpret_cast<Addr>(library.symbols.symbols().data()) - library.image.bias();
  for (const elf::Phdr& header : library.image.program_headers()) {
    if (header.p_type == PT_LOAD && table - header.p_vaddr < header.p_memsz) {
      return (header.p_flags & PF_X) != 0;
    }
  }
  return true;
}

void lead(const elf::Object& library, const Lead& lead) {
  library.symbols.for_each_named(lead.name, [&](elf::SymbolIndex index) {
    // In memory as ld.so reads it.
    auto& symbol = const_cast<elf::Sym&>(library.symbols[index]);
    if (library.image.bias() + symbol.st_value != lead.from) return false;
    Writable page(reinterpret_cast<Addr>(&symbol), sizeof symbol);
    if (page.ok()) {
      __atomic_store_n(&symbol.st_value, lead.to - library.image.bias(), __ATOMIC_RELAXED);
    }
    return false;
  });
}

}  // namespace

void lead_later_references(Arena& arena, std::span<const Lead> leads) {
  if (are_later_references_led()) return;
  bind_own_imports();  // which might otherwise be bound to ours later
  leads = leads.first(std::min(leads.size(), kMaxLeads));
  std::ranges::copy(leads, g_leads);
  __atomic_store_n(&g_count, leads.size(), __ATOMIC_RELEASE);
  for (const BaseObject& loaded : base_objects(arena)) {
    Result<elf::Image> image = elf::Image::of_memory(loaded.bias, loaded.headers);
    if (!image) continue;
    Result<elf::Object> library = elf::Object::read(arena, *image);
    if (!library) continue;
    std::string_view name = library->dynamic.soname();
    // Before 2.34 libdl has most of them.
    if (name != elf::kLibc && name != "libdl.so.2") continue;
    if (is_beside_code(*library)) {
      debug(Topic::dl, {name, ": its symbols share pages with code: what is loaded later calls ",
                        "ld.so's own dlopen"});
      continue;
    }
    for (const Lead& each : leads) lead(*library, each);
  }
}

bool are_later_references_led() { return __atomic_load_n(&g_count, __ATOMIC_ACQUIRE) != 0; }

void put_back_leads(const image::AbsoluteSymbols& symbols) {
  const std::size_t count = __atomic_load_n(&g_count, __ATOMIC_ACQUIRE);
  if (count == 0) return;
  for (elf::Sym& symbol : symbols.view()) {
    for (std::size_t i = 0; i < count; ++i) {
      if (symbol.st_value == g_leads[i].to) symbol.st_value = g_leads[i].from;
    }
  }
}

}  // namespace bulkhead::process
