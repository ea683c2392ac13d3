#include "process/addresses.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/list.h"
#include "base/text.h"
#include "elf/hash.h"
#include "process/libdl.h"
#include "process/loader.h"

namespace bulkhead::process {
namespace {

using elf::Addr;

// Whether `library` may define the symbol that has this link in another object's hash
// chain, which is the name's hash without its lowest bit: so no name has to be read, and
// nearly all symbols of nearly all libraries end here.
bool may_define(const elf::GnuHash& library, std::uint32_t link) {
  auto in_chain = [&](std::uint32_t hash) {
    if (!library.may_contain(hash)) return false;
    std::uint32_t index = library.buckets[hash % library.buckets.size()];
    if (index < library.symbol_offset) return false;
    for (std::size_t i = index - library.symbol_offset; i < library.chains.size(); ++i) {
      if (((library.chains[i] ^ hash) >> 1U) == 0) return true;
      if ((library.chains[i] & 1U) != 0) break;
    }
    return false;
  };
  return in_chain(link & ~1U) || in_chain(link | 1U);
}

// Marks of the linker at the ends of an object's own sections; many objects export them,
// and nobody means another object's.
bool is_linker_mark(std::string_view name) {
  return name == "_end" || name == "_edata" || name == "__bss_start" || name == "_init" ||
         name == "_fini";
}

// Marks the symbols of `library` that `earlier` defines too, whatever their version.
void mark_interposed(const elf::Object& library, const elf::Object& earlier,
                     std::span<bool> marks) {
  const elf::SymbolTable& candidates = earlier.symbols;
  const elf::GnuHash* hash = candidates.gnu();
  std::size_t first = hash != nullptr ? hash->symbol_offset : 1;
  for (std::size_t i = first; i < candidates.size(); ++i) {
    if (hash != nullptr && library.symbols.gnu() != nullptr &&
        !may_define(*library.symbols.gnu(), hash->chains[i - first])) {
      continue;
    }
    if (!elf::is_exported(candidates[i])) continue;
    std::string_view name = candidates.name(i);
    if (is_linker_mark(name)) continue;
    library.symbols.for_each_named(name, elf::gnu_hash(name), [&](std::size_t index) {
      marks[index] = true;
      return false;  // every version of the name
    });
  }
}

Status ask_for(Arena& arena, const elf::Object& library, std::span<const std::uint32_t> indices,
               std::span<Addr> addresses) {
  List<image::Question> questions(arena);
  for (std::uint32_t index : indices) {
    questions.push_back({library.symbols.name(index), library.versions.name(index)});
  }
  Result<std::span<const Addr>> answers =
      ask(arena, LM_ID_BASE, library.dynamic.soname(), questions.view(), arch::Native::kGlobDat);
  if (!answers) return std::unexpected(answers.error());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if ((*answers)[i] != 0) addresses[indices[i]] = (*answers)[i];
  }
  return {};
}

}  // namespace

Result<std::span<const Addr>> ask(Arena& arena, Lmid_t space, std::string_view name,
                                  std::span<const image::Question> questions,
                                  std::uint32_t relocation, int mode) {
  image::Probe probe = image::build_probe(arena, name, questions, relocation);
  Result<ImageFile> file = ImageFile::make(arena, "bulkhead-probe", probe.bytes);
  if (!file) return std::unexpected(file.error());
  Result<link_map*> opened = open_in(arena, space, file->path(), RTLD_NOW | RTLD_LOCAL | mode);
  if (!opened) return std::unexpected(opened.error());
  const auto* found = reinterpret_cast<const Addr*>((*opened)->l_addr + probe.answers);
  std::span<Addr> answers = arena.array<Addr>(questions.size());
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i] = found[i];
  close(*opened);
  return answers;
}

Addr address_in(const elf::Object& library, const elf::Sym& symbol) {
  if (!elf::is_exported(symbol) || elf::symbol_type(symbol) == STT_TLS) return 0;
  if (symbol.st_shndx == SHN_ABS) return symbol.st_value;
  Addr address = library.image.bias() + symbol.st_value;
  return elf::symbol_type(symbol) == STT_GNU_IFUNC ? arch::Native::resolve_ifunc(address) : address;
}

Result<std::span<Addr>> addresses_of(Arena& arena, const elf::Object& library,
                                     std::span<const elf::Object* const> earlier) {
  std::size_t count = library.symbols.size();
  std::span<Addr> addresses = arena.array<Addr>(count);
  std::span<bool> marks = arena.array<bool>(count);
  for (const elf::Object* object : earlier) mark_interposed(library, *object, marks);
  List<std::uint32_t> interposed(arena);
  for (std::size_t i = 0; i < count; ++i) {
    addresses[i] = address_in(library, library.symbols[i]);
    // GLIBC_PRIVATE names are between the parts of one glibc and cannot be interposed
    // by design; asking for them would tie the probe to them.
    if (marks[i] && addresses[i] != 0 && library.versions.name(i) != "GLIBC_PRIVATE") {
      interposed.push_back(static_cast<std::uint32_t>(i));
    }
  }
  if (!interposed.empty()) {
    if (Status asked = ask_for(arena, library, interposed.view(), addresses); !asked) {
      return std::unexpected(asked.error());
    }
    debug(Topic::bind, {library.dynamic.soname(), ": ", decimal(arena, interposed.size()),
                        " names are also defined before it; ld.so was asked for those"});
  }
  return addresses;
}

}  // namespace bulkhead::process
