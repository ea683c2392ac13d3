#include "words/tls_room.h"

#include <algorithm>
#include <optional>

#include "arch/machine.h"
#include "process/addresses.h"
#include "process/loader.h"
#include "process/object_writer.h"
#include "process/questions.h"

namespace bulkhead::words {

using process::ObjectWriter;
namespace {

using elf::Addr;

// One that ld.so finds by name and version.
std::optional<elf::SymbolIndex> any_exported(const elf::Object& library) {
  for (elf::SymbolIndex i : library.symbols.indices()) {
    if (!elf::is_exported(library.symbols[i])) continue;
    if (library.find(library.symbols.name(i), library.versions.name(i)) == i) return i;
  }
  return std::nullopt;
}

// While this lives, ld.so takes a symbol of a library for the beginning of its thread-local block.
// It reads the table by way of the dynamic section each time, so it can be led to a copy.
class BlockSymbol {
 public:
  BlockSymbol(Arena& arena, const elf::Object& library, std::size_t index)
      : writer_(library.image) {
    std::span<const elf::Sym> symbols = library.symbols.symbols();
    std::span<elf::Sym> copy = arena.array<elf::Sym>(symbols.size());
    std::ranges::copy(symbols, copy.begin());
    copy[index].st_info = elf::make_symbol_info(STB_GLOBAL, STT_TLS);
    copy[index].st_other = STV_DEFAULT;
    copy[index].st_value = 0;
    for (const elf::Dyn& entry : library.dynamic.entries()) {
      if (entry.d_tag != DT_SYMTAB) continue;
      word_ = const_cast<Addr*>(&entry.d_un.d_ptr);
      original_ = *word_;
      // What ld.so adds to it, if anything, is in both.
      Addr moved = reinterpret_cast<Addr>(copy.data()) - reinterpret_cast<Addr>(symbols.data());
      ok_ = writer_.write(word_, original_ + moved);
    }
  }
  ~BlockSymbol() {
    if (ok_) writer_.write(word_, original_);
  }
  BlockSymbol(const BlockSymbol&) = delete;
  BlockSymbol& operator=(const BlockSymbol&) = delete;
  bool ok() const { return ok_; }

 private:
  ObjectWriter writer_;
  Addr* word_ = nullptr;
  Addr original_ = 0;
  bool ok_ = false;
};

}  // namespace

void use_block_of(const link_map* loaded) {
  struct Index {  // the psABI's tls_index
    unsigned long module, offset;
  };
  const std::size_t module = process::thread_locals_of(loaded).module;
  // It is ld.so's own, which products are not linked to.
  void* function = process::symbol_by(RTLD_DEFAULT, "__tls_get_addr");
  if (module == 0 || function == nullptr) return;
  Index index = {module, 0};
  reinterpret_cast<void* (*)(Index*)>(function)(&index);
}

Result<Addr> make_tls_static(Arena& arena, const link_map* loaded, const image::Question& symbol) {
  auto* object = const_cast<link_map*>(loaded);
  Result<std::span<const Addr>> answers =
      process::ask(arena, process::first_of(object), process::name_of(loaded), {&symbol, 1},
                   arch::Native::kTlsPlace, RTLD_DEEPBIND);
  if (!answers) return std::unexpected(answers.error());
  return answers->front();
}

Status give_static_tls(Arena& arena, const elf::Object& library, const link_map* loaded) {
  std::optional<elf::SymbolIndex> index = any_exported(library);
  if (!index) return fail(Fault::unsupported, "exports nothing", process::name_of(loaded));
  BlockSymbol symbol(arena, library, *index);
  if (!symbol.ok()) {
    return fail(Fault::unsupported, "has a dynamic section that is read-only",
                process::name_of(loaded));
  }
  Result<Addr> place =
      make_tls_static(arena, loaded, {library.symbols.name(*index), library.versions.name(*index)});
  if (!place) return std::unexpected(place.error());
  use_block_of(loaded);
  return {};
}

}  // namespace bulkhead::words
