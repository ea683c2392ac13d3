#include "words/slots.h"

#include <algorithm>
#include <cstring>
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

Addr address_in(const elf::Object& shim, elf::SymbolIndex symbol) {
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
    if (!slot) return;
    const std::optional<elf::SymbolIndex> index = symbols->index(relocation.symbol);
    if (!index || !symbols->is_named(*index, name)) return;
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
  elf::SymbolNumber symbol;
  Addr address;
  Addr original;
};

List<Reference> references_to(Arena& arena, const elf::Object& object,
                              std::span<const Import> imports) {
  List<Reference> references(arena);
  if (imports.empty()) return references;
  const elf::SymbolTable& symbols = object.symbols;
  // In a program a reference whose address it compares stands among the definitions. Elsewhere all
  // references come before what is hashed.
  const bool program = object.image.type() == ET_EXEC || (object.dynamic.flags_1 & DF_1_PIE) != 0;
  const bool sorted = !program && symbols.gnu() != nullptr && !symbols.gnu()->chains.empty();
  const std::size_t end = sorted ? symbols.gnu()->symbol_offset : symbols.size();
  // Most names begin otherwise: each first letter is a bit.
  const auto first_of = [](std::string_view name) {
    return std::uint64_t{1} << (name.empty() ? 0U : static_cast<unsigned char>(name[0]) % 64U);
  };
  std::uint64_t firsts = 0;
  for (const Import& each : imports) firsts |= first_of(each.name);
  for (elf::SymbolIndex i : symbols.indices(1, end)) {
    if (symbols[i].st_shndx != SHN_UNDEF) continue;
    if ((first_of(symbols.name_start(i, 1)) & firsts) == 0) continue;
    for (const Import& each : imports) {
      if (!symbols.is_named(i, each.name)) continue;
      references.push_back({symbols.number(i), each.address, each.original});
    }
  }
  return references;
}

class Rebinder {
 public:
  Rebinder(Arena& arena, const elf::Object& object, std::span<const Rebinding> shims,
           std::span<const Import> imports, process::GlobalScope& scope)
      : object_(object),
        shims_(shims),
        references_(references_to(arena, object, imports)),
        scope_(scope),
        writer_(object.image) {
    for (const Reference& each : references_) {
      last_reference_ = std::max(last_reference_, each.symbol);
    }
    for (const Rebinding& shim : shims) {
      begin_ = std::min(begin_, shim.code_begin);
      end_ = std::max(end_, shim.code_end);
      if (shim.data_begin >= shim.data_end) continue;
      begin_ = std::min(begin_, shim.data_begin);
      end_ = std::max(end_, shim.data_end);
    }
  }

  RebindCount run() {
    if (shims_.empty() && references_.empty()) return count_;
    auto visit = [&](const elf::Relocation& relocation) { this->visit(relocation); };
    // Relocations were valid for ld.so; what it could not read would have stopped the program.
    static_cast<void>(elf::for_each_symbolic_relocation(object_.image, object_.dynamic, visit));
    return count_;
  }

 private:
  void visit(const elf::Relocation& relocation) {
    if (relocation.symbol == elf::SymbolNumber::none) return;
    bool slot = relocation.type == Native::kGlobDat || relocation.type == Native::kJumpSlot;
    auto* word = reinterpret_cast<Addr*>(object_.image.bias() + relocation.offset);
    if ((slot || relocation.type == Native::kAbsolute) && to_ours(word, relocation, slot)) return;
    if (slot || relocation.type == Native::kAbsolute) {
      // Nearly all lead elsewhere.
      const Addr bound = *word - addend_of(relocation);
      if (bound - begin_ < end_ - begin_) lead(word, object_, relocation);
    } else if (relocation.type == Native::kCopy) {
      fill(word, relocation);
    }
  }

  // A slot is ld.so's; what the program has in its data it may have changed.
  bool to_ours(Addr* word, const elf::Relocation& relocation, bool slot) {
    if (relocation.symbol > last_reference_) return false;
    for (const Reference& each : references_) {
      if (each.symbol != relocation.symbol) continue;
      if (!slot && (each.original == 0 || *word != each.original)) return false;
      if (writer_.write(word, each.address)) ++count_.imports;
      return true;
    }
    return false;
  }

  // Slots have none, whatever their record says: linkers leave a PLT entry's address there.
  static Addr addend_of(const elf::Relocation& relocation) {
    return relocation.type == Native::kAbsolute ? relocation.addend : 0;
  }

  // A word that a relocation of `of` has made. What it was bound to is what it holds without the
  // addend: with it, a pointer to an object's end is one to the next object.
  void lead(Addr* word, const elf::Object& of, const elf::Relocation& relocation) {
    const Addr addend = addend_of(relocation);
    const Addr bound = *word - addend;
    if (const Rebinding* shim = shim_with_code(shims_, bound)) {
      std::uint32_t number = 0;
      if ((bound - shim->code_begin) % Native::kStubSize != 0 ||
          !Native::read_stub({reinterpret_cast<const std::byte*>(bound), Native::kStubSize},
                             number)) {
        return;
      }
      const std::optional<elf::SymbolIndex> index = shim->shim->symbols.index(number);
      if (!index) return;
      writer_.write(word, address_in(*shim->shim, *index) + addend);
      ++count_.functions;
    } else if (const Rebinding* data = shim_with_data(shims_, bound)) {
      const std::optional<elf::SymbolIndex> index = of.symbols.index(relocation.symbol);
      if (!index) return;
      std::optional<elf::SymbolIndex> found =
          data->shim->find(of.symbols.name(*index), of.versions.name(*index));
      if (!found) return;
      writer_.write(word, address_in(*data->shim, *found) + addend);
      ++count_.data;
    }
  }

  void fill(Addr* word, const elf::Relocation& relocation) {
    const std::optional<elf::SymbolIndex> index = object_.symbols.index(relocation.symbol);
    if (!index) return;
    const std::size_t size = object_.symbols[*index].st_size;
    if (!concerns_shims(word, size)) return;
    const auto source =
        scope_.find_behind_program(object_.symbols.name(*index), object_.versions.name(*index));
    if (source.object == nullptr) return;
    const elf::Sym& symbol = source.object->symbols[*source.symbol];
    const Addr least = size < symbol.st_size ? size : symbol.st_size;
    for (const Rebinding& shim : shims_) {
      if (shim.shim != source.object) continue;
      if (!shim.fill_copies || elf::symbol_type(symbol) != STT_OBJECT) return;
      const auto* from = reinterpret_cast<const void*>(address_in(*shim.shim, *source.symbol));
      writer_.copy(word, from, least);
      ++count_.copies;
      return;
    }
    lead_copy(reinterpret_cast<Addr>(word), *source.object, symbol.st_value, least);
  }

  // Whether a copy may be a shim's, or has words that lead to one: to its code or data, or near it,
  // as pointers to the end of an object do.
  bool concerns_shims(const Addr* word, std::size_t size) const {
    constexpr Addr kNear = 4096;
    for (const Rebinding& shim : shims_) {
      if (shim.fill_copies) return true;
      const Addr begin = shim.code_begin - kNear;
      const Addr end = (shim.data_end > shim.code_end ? shim.data_end : shim.code_end) + kNear;
      for (std::size_t i = 0; i < size / sizeof(Addr); ++i) {
        Addr value = 0;
        std::memcpy(&value, word + i, sizeof value);
        if (value - begin < end - begin) return true;
      }
    }
    return false;
  }

  // Another library's data, copied with the addresses in it: a table of functions, a class's
  // typeinfo. The relocations are that library's, for the words that the copy was made from.
  void lead_copy(Addr copy, const elf::Object& library, Addr from, Addr size) {
    auto visit = [&](const elf::Relocation& relocation) {
      if (relocation.type != Native::kAbsolute || relocation.symbol == elf::SymbolNumber::none)
        return;
      const Addr at = relocation.offset - from;
      if (at >= size || size - at < sizeof(Addr)) return;
      lead(reinterpret_cast<Addr*>(copy + at), library, relocation);
    };
    static_cast<void>(elf::for_each_symbolic_relocation(library.image, library.dynamic, visit));
  }

  const elf::Object& object_;
  std::span<const Rebinding> shims_;
  List<Reference> references_;
  process::GlobalScope& scope_;
  elf::SymbolNumber last_reference_ = elf::SymbolNumber::none;
  Addr begin_ = ~Addr{0}, end_ = 0;  // where all that the shims have lies
  ObjectWriter writer_;
  RebindCount count_;
};

}  // namespace

RebindCount rebind(Arena& arena, const elf::Object& object, std::span<const Rebinding> shims,
                   std::span<const Import> imports, process::GlobalScope& scope) {
  return Rebinder(arena, object, shims, imports, scope).run();
}

}  // namespace bulkhead::words
