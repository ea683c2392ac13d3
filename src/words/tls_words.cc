#include "words/tls_words.h"

#include "arch/machine.h"
#include "base/arena.h"
#include "elf/relocs.h"
#include "process/object_writer.h"

namespace bulkhead::words {

using process::ObjectWriter;
namespace {

using arch::Native;
using elf::Addr;

// A word that leads to a stand-in.
struct Use {
  const TlsStandIn& stand_in;
  std::string_view name;
  std::string_view version;
  Addr* word;
  Addr base;  // what it is to hold less the symbol's value
  bool whole_descriptor;
};

// A descriptor's argument that is not a place is a pointer to a module and an offset. Places are
// small, or near the end of the address space.
bool is_pointer(Addr argument) {
  constexpr Addr kLowest = 0x10000;
  return argument >= kLowest && argument < Native::kEndOfAddresses && argument % alignof(Addr) == 0;
}

bool contains(const elf::Image& image, Addr address) {
  return !image.bytes_from(address - image.bias()).empty();
}

class Finder {
 public:
  Finder(const elf::Image& image, std::span<const TlsStandIn> stand_ins)
      : image_(image), stand_ins_(stand_ins) {}

  // Calls `visit(const Use&)`.
  template <class Visit>
  void for_each_use(Visit visit) {
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(image_);
    if (!dynamic) return;
    Result<elf::SymbolTable> symbols = elf::SymbolTable::read(image_, *dynamic);
    if (!symbols) return;
    Arena arena;
    std::optional<elf::Versions> versions;
    auto each = [&](const elf::Relocation& relocation) {
      const std::optional<elf::SymbolIndex> index = symbols->index(relocation.symbol);
      if (!index) return;
      Addr* word = nullptr;
      Addr base = 0;
      bool whole = false;
      const TlsStandIn* stand_in = find(relocation, word, base, whole);
      if (stand_in == nullptr) return;
      if (!versions) {
        Result<elf::Versions> read = elf::Versions::read(arena, image_, *dynamic, *symbols);
        versions = read ? static_cast<elf::Versions&&>(*read) : elf::Versions(arena);
      }
      visit(Use{*stand_in, symbols->name(*index), versions->name(*index), word, base, whole});
    };
    // They were valid for ld.so.
    static_cast<void>(elf::for_each_symbolic_relocation(image_, *dynamic, each));
  }

 private:
  const TlsStandIn* find(const elf::Relocation& relocation, Addr*& word, Addr& base,
                         bool& whole) const {
    bool place = relocation.type == Native::kTlsPlace;
    bool descriptor = relocation.type == Native::kTlsDescriptor;
    if (!place && !descriptor && relocation.type != Native::kTlsOffset) return nullptr;
    Addr first = relocation.offset - (relocation.type == Native::kTlsOffset ? sizeof(Addr) : 0);
    std::span<const Addr> words = image_.array<Addr>(first, place ? 1 : 2);
    if (words.empty()) return nullptr;
    word = const_cast<Addr*>(&words.back());
    // Bound at its first use, by ld.so before 2.34.
    if (descriptor && contains(image_, words[0])) return nullptr;
    for (const TlsStandIn& stand_in : stand_ins_) {
      base = relocation.addend;
      if (relocation.type == Native::kTlsOffset) {
        if (words[0] == stand_in.module) return &stand_in;
        continue;
      }
      base = stand_in.place + relocation.addend;
      if (*word == base) return &stand_in;
      if (!descriptor || !is_pointer(words[1])) continue;
      // Made when the stand-in had no static TLS yet. Several may have one argument.
      const auto* index = reinterpret_cast<const Addr*>(words[1]);
      whole = index[0] == stand_in.module && index[1] == relocation.addend;
      if (whole) return &stand_in;
    }
    return nullptr;
  }

  const elf::Image& image_;
  std::span<const TlsStandIn> stand_ins_;
};

}  // namespace

std::optional<TlsStandIn> read_tls_stand_in(const elf::Object& object) {
  if (object.image.find_header(PT_TLS) == nullptr) return std::nullopt;
  TlsStandIn stand_in{&object, 0, 0, 0};
  auto visit = [&](const elf::Relocation& relocation) {
    const auto* word = object.image.object<Addr>(relocation.offset);
    if (word == nullptr || relocation.symbol != elf::SymbolNumber::none) return;
    if (relocation.type == Native::kTlsModule) stand_in.module = *word;
    if (relocation.type == Native::kTlsPlace) stand_in.place = *word;
    if (relocation.type == Native::kTlsDescriptor) stand_in.function = *word;
  };
  static_cast<void>(elf::for_each_relocation(object.image, object.dynamic, visit));
  if (stand_in.module == 0 || stand_in.place == 0 || stand_in.function == 0) return std::nullopt;
  return stand_in;
}

std::size_t rebind_thread_locals(const elf::Image& object, std::span<const TlsStandIn> stand_ins) {
  std::size_t count = 0;
  if (stand_ins.empty()) return count;
  ObjectWriter writer(object);
  Finder(object, stand_ins).for_each_use([&](const Use& use) {
    const elf::Object& tables = *use.stand_in.tables;
    std::optional<elf::SymbolIndex> index = tables.find(use.name, use.version);
    if (!index || elf::symbol_type(tables.symbols[*index]) != STT_TLS) return;
    Addr value = use.base + tables.symbols[*index].st_value;
    if (*use.word == value) return;
    if (!writer.write(use.word, value)) return;
    if (use.whole_descriptor) writer.write(use.word - 1, use.stand_in.function);
    ++count;
  });
  return count;
}

std::string_view uses_tls_of(const elf::Image& object, const TlsStandIn& stand_in, bool undefined) {
  std::string_view name;
  Finder(object, {&stand_in, 1}).for_each_use([&](const Use& use) {
    if (!name.empty()) return;
    if (undefined && stand_in.tables->find(use.name, use.version)) return;
    name = use.name;
  });
  return name;
}

}  // namespace bulkhead::words
