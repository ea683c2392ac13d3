#include "process/slots.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "elf/relocs.h"
#include "process/object_writer.h"

namespace bulkhead::process {
namespace {

using arch::Native;
using elf::Addr;

const Rebinding* shim_with_code(std::span<const Rebinding> shims, Addr address) {
  for (const Rebinding& shim : shims) {
    if (address >= shim.code_begin && address < shim.code_end) return &shim;
  }
  return nullptr;
}

const Rebinding* shim_with_data(std::span<const Rebinding> shims, Addr address) {
  for (const Rebinding& shim : shims) {
    if (address >= shim.data_begin && address < shim.data_end) return &shim;
  }
  return nullptr;
}

Addr address_in(const elf::Object& shim, std::size_t symbol) {
  return shim.image.bias() + shim.symbols[symbol].st_value;
}

}  // namespace

std::size_t bind_import(const elf::Image& object, std::string_view name, Addr address) {
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(object);
  if (!dynamic) return 0;
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(object, *dynamic);
  if (!symbols) return 0;
  std::size_t count = 0;
  ObjectWriter writer(object);
  auto visit = [&](const elf::Relocation& relocation) {
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot;
    if (!slot || relocation.symbol == 0 || relocation.symbol >= symbols->size()) return;
    if (symbols->name(relocation.symbol) != name) return;
    writer.write(reinterpret_cast<Addr*>(object.bias() + relocation.offset), address);
    ++count;
  };
  Status visited = elf::for_each_relocation(object, *dynamic, visit);
  static_cast<void>(visited);
  return count;
}

RebindCount rebind(const BaseObject& object, std::span<const Rebinding> shims) {
  RebindCount count;
  Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
  if (!image) return count;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return count;  // a static program has no words that ld.so bound
  Result<elf::SymbolTable> symbols = elf::SymbolTable::read(*image, *dynamic);
  if (!symbols) return count;

  ObjectWriter writer(*image);
  // Few objects refer to data, so their versions are read when the first does.
  Arena arena;
  std::optional<elf::Versions> versions;
  auto find_in = [&](const elf::Object& shim, std::uint32_t symbol) {
    if (!versions) {
      Result<elf::Versions> read = elf::Versions::read(arena, *image, *dynamic, symbols->size());
      versions = read ? static_cast<elf::Versions&&>(*read) : elf::Versions(arena);
    }
    return shim.find(symbols->name(symbol), versions->name(symbol));
  };
  // Whether the word held a stub's address; then it holds the function's.
  auto to_function = [&](Addr* word) {
    Addr bound = *word;
    const Rebinding* shim = shim_with_code(shims, bound);
    if (shim == nullptr || (bound - shim->code_begin) % Native::kStubSize != 0) return false;
    std::uint32_t index = 0;
    if (!Native::read_stub({reinterpret_cast<const std::byte*>(bound), Native::kStubSize}, index)) {
      return false;
    }
    writer.write(word, address_in(*shim->shim, index));
    ++count.functions;
    return true;
  };
  auto visit = [&](const elf::Relocation& relocation) {
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot ||
                relocation.type == Native::kAbsolute;
    bool copy = relocation.type == Native::kCopy;
    if ((!slot && !copy) || relocation.symbol == 0) return;
    auto* word = reinterpret_cast<Addr*>(object.bias + relocation.offset);
    if (copy) {
      if (relocation.symbol >= symbols->size()) return;
      std::size_t size = (*symbols)[relocation.symbol].st_size;
      for (const Rebinding& shim : shims) {
        std::optional<std::size_t> found = find_in(*shim.shim, relocation.symbol);
        if (!found || elf::symbol_type(shim.shim->symbols[*found]) != STT_OBJECT) continue;
        if (!shim.fill_copies) return;
        const elf::Sym& source = shim.shim->symbols[*found];
        size = size < source.st_size ? size : source.st_size;
        writer.copy(word, reinterpret_cast<const void*>(address_in(*shim.shim, *found)), size);
        ++count.copies;
        return;
      }
      // Another library's data, copied with the addresses of stubs in it: a table of functions.
      if (relocation.offset % sizeof(Addr) != 0) return;
      for (std::size_t i = 0; i < size / sizeof(Addr); ++i) to_function(word + i);
      return;
    }
    if (to_function(word)) return;
    Addr bound = *word;
    if (const Rebinding* data = shim_with_data(shims, bound)) {
      if (relocation.symbol >= symbols->size()) return;
      std::optional<std::size_t> found = find_in(*data->shim, relocation.symbol);
      if (!found) return;
      writer.write(word, address_in(*data->shim, *found) + relocation.addend);
      ++count.data;
    }
  };
  // Relocations were valid for ld.so; an error here would have stopped the program.
  Status visited = elf::for_each_relocation(*image, *dynamic, visit);
  static_cast<void>(visited);
  return count;
}

}  // namespace bulkhead::process
