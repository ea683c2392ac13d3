#include "words/unbound.h"

#include "arch/machine.h"
#include "elf/relocs.h"
#include "process/object_writer.h"

namespace bulkhead::words {

namespace {

using elf::Addr;

// The PLT, where a slot leads that is not bound yet.
bool is_own_code(const elf::Image& image, Addr address) {
  for (const elf::Phdr& header : image.program_headers()) {
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) continue;
    if (address - (image.bias() + header.p_vaddr) < header.p_memsz) return true;
  }
  return false;
}

// Whether that is, or will be, the object's own definition.
bool is_bound_to_itself(const elf::Object& object, const elf::Sym& symbol, Addr leads_to) {
  if (symbol.st_shndx == SHN_UNDEF) return false;
  // What an IFUNC's resolver has chosen cannot be told from the PLT.
  return (object.dynamic.flags & DF_SYMBOLIC) != 0 || !elf::is_exported(symbol) ||
         elf::symbol_visibility(symbol) == STV_PROTECTED ||
         elf::symbol_type(symbol) == STT_GNU_IFUNC ||
         leads_to == object.image.bias() + symbol.st_value;
}

}  // namespace

std::size_t bind_unbound(const elf::Object& object,
                         Addr (*find)(void* context, std::string_view name,
                                      std::string_view version),
                         void* context) {
  process::ObjectWriter writer(object.image);
  std::size_t count = 0;
  auto visit = [&](const elf::Relocation& relocation) {
    if (relocation.type != arch::Native::kJumpSlot) return;
    const std::optional<elf::SymbolIndex> index = object.symbols.index(relocation.symbol);
    if (!index) return;
    auto* slot = reinterpret_cast<Addr*>(object.image.bias() + relocation.offset);
    const Addr leads_to = __atomic_load_n(slot, __ATOMIC_RELAXED);
    if (!is_own_code(object.image, leads_to)) return;
    if (is_bound_to_itself(object, object.symbols[*index], leads_to)) return;
    Addr found = find(context, object.symbols.name(*index), object.versions.name(*index));
    if (found != 0 && writer.write(slot, found)) ++count;
  };
  // Relocations were valid for ld.so.
  static_cast<void>(elf::for_each_symbolic_relocation(object.image, object.dynamic, visit));
  return count;
}

}  // namespace bulkhead::words
