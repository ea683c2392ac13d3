#include "words/slots.h"

#include <optional>

#include "arch/machine.h"
#include "base/list.h"
#include "elf/relocs.h"
#include "process/object_writer.h"

namespace bulkhead::words {

using process::ObjectWriter;
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
    if (!symbols->is_named(relocation.symbol, name)) return;
    writer.write(reinterpret_cast<Addr*>(object.bias() + relocation.offset), address);
    ++count;
  };
  Status visited = elf::for_each_relocation(object, *dynamic, visit);
  static_cast<void>(visited);
  return count;
}

namespace {

// A reference to a function that ours stands in the place of.
struct Reference {
  std::uint32_t symbol;
  Addr address;
};

List<Reference> references_to(Arena& arena, const elf::Object& object,
                              std::span<const Import> imports) {
  List<Reference> references(arena);
  if (imports.empty()) return references;
  const elf::SymbolTable& symbols = object.symbols;
  // All of them: a reference whose address the program compares stands among the definitions.
  for (std::uint32_t i = 1; i < symbols.size(); ++i) {
    if (symbols[i].st_shndx != SHN_UNDEF) continue;
    for (const Import& each : imports) {
      if (symbols.is_named(i, each.name)) references.push_back({i, each.address});
    }
  }
  return references;
}

class Rebinder {
 public:
  Rebinder(Arena& arena, const elf::Object& object, std::span<const Rebinding> shims,
           std::span<const Import> imports)
      : object_(object),
        shims_(shims),
        references_(references_to(arena, object, imports)),
        writer_(object.image) {}

  RebindCount run() {
    if (shims_.empty() && references_.empty()) return count_;
    auto visit = [&](const elf::Relocation& relocation) { this->visit(relocation); };
    // Relocations were valid for ld.so; what it could not read would have stopped the program.
    static_cast<void>(elf::for_each_symbolic_relocation(object_.image, object_.dynamic, visit));
    return count_;
  }

 private:
  void visit(const elf::Relocation& relocation) {
    if (relocation.symbol == 0) return;
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot;
    auto* word = reinterpret_cast<Addr*>(object_.image.bias() + relocation.offset);
    if (slot && to_ours(word, relocation.symbol)) return;
    if (slot || relocation.type == Native::kAbsolute) {
      if (!to_function(word)) to_data(word, relocation);
    } else if (relocation.type == Native::kCopy) {
      fill(word, relocation);
    }
  }

  bool to_ours(Addr* word, std::uint32_t symbol) {
    for (const Reference& each : references_) {
      if (each.symbol != symbol) continue;
      if (writer_.write(word, each.address)) ++count_.imports;
      return true;
    }
    return false;
  }

  // Whether the word held a stub's address; then it holds the function's.
  bool to_function(Addr* word) {
    Addr bound = *word;
    const Rebinding* shim = shim_with_code(shims_, bound);
    if (shim == nullptr || (bound - shim->code_begin) % Native::kStubSize != 0) return false;
    std::uint32_t index = 0;
    if (!Native::read_stub({reinterpret_cast<const std::byte*>(bound), Native::kStubSize}, index)) {
      return false;
    }
    writer_.write(word, address_in(*shim->shim, index));
    ++count_.functions;
    return true;
  }

  void to_data(Addr* word, const elf::Relocation& relocation) {
    const Rebinding* data = shim_with_data(shims_, *word);
    if (data == nullptr || relocation.symbol >= object_.symbols.size()) return;
    std::optional<std::size_t> found = find_in(*data->shim, relocation.symbol);
    if (!found) return;
    writer_.write(word, address_in(*data->shim, *found) + relocation.addend);
    ++count_.data;
  }

  void fill(Addr* word, const elf::Relocation& relocation) {
    if (relocation.symbol >= object_.symbols.size()) return;
    std::size_t size = object_.symbols[relocation.symbol].st_size;
    for (const Rebinding& shim : shims_) {
      std::optional<std::size_t> found = find_in(*shim.shim, relocation.symbol);
      if (!found || elf::symbol_type(shim.shim->symbols[*found]) != STT_OBJECT) continue;
      if (!shim.fill_copies) return;
      const elf::Sym& source = shim.shim->symbols[*found];
      size = size < source.st_size ? size : source.st_size;
      writer_.copy(word, reinterpret_cast<const void*>(address_in(*shim.shim, *found)), size);
      ++count_.copies;
      return;
    }
    // Another library's data, copied with the addresses of stubs in it: a table of functions.
    if (relocation.offset % sizeof(Addr) != 0) return;
    for (std::size_t i = 0; i < size / sizeof(Addr); ++i) to_function(word + i);
  }

  std::optional<std::size_t> find_in(const elf::Object& shim, std::uint32_t symbol) const {
    return shim.find(object_.symbols.name(symbol), object_.versions.name(symbol));
  }

  const elf::Object& object_;
  std::span<const Rebinding> shims_;
  List<Reference> references_;
  ObjectWriter writer_;
  RebindCount count_;
};

}  // namespace

RebindCount rebind(Arena& arena, const elf::Object& object, std::span<const Rebinding> shims,
                   std::span<const Import> imports) {
  return Rebinder(arena, object, shims, imports).run();
}

}  // namespace bulkhead::words
