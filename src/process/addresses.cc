#include "process/addresses.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/list.h"
#include "base/text.h"
#include "elf/glibc.h"
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
  if (!library.may_contain_either(link)) return false;
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

// Whether a symbol of an object, that others can be bound to, may be defined by the other as well.
bool may_share(const elf::Object& object, std::size_t index, const elf::Object& other) {
  const elf::GnuHash* hash = object.symbols.gnu();
  if (hash == nullptr || other.symbols.gnu() == nullptr) return true;
  std::size_t place = index - hash->symbol_offset;
  return place < hash->chains.size() && may_define(*other.symbols.gnu(), hash->chains[place]);
}

std::size_t first_defined(const elf::SymbolTable& symbols) {
  return symbols.gnu() != nullptr ? symbols.gnu()->symbol_offset : 1;
}

// Marks the symbols of `library` that `earlier` defines too, whatever their version, or has the
// address of. Goes along the smaller table: a mirror of a small library comes after libc.so.6.
void mark_interposed(const elf::Object& library, const elf::Object& earlier,
                     std::span<bool> marks) {
  bool along_library = library.symbols.size() < earlier.symbols.size();
  const elf::Object& shorter = along_library ? library : earlier;
  const elf::Object& longer = along_library ? earlier : library;
  auto has = [&](const elf::Object& object, std::size_t index) {
    const elf::Sym& symbol = object.symbols[index];
    return elf::is_exported(symbol) || (&object == &earlier && elf::is_plt_address(symbol));
  };
  for (std::size_t i = first_defined(shorter.symbols); i < shorter.symbols.size(); ++i) {
    if (!may_share(shorter, i, longer)) continue;
    if (!has(shorter, i)) continue;
    std::string_view name = shorter.symbols.name(i);
    if (elf::is_linker_mark(name)) continue;
    longer.symbols.for_each_hashed(name, [&](std::size_t index) {
      if (!has(longer, index)) return false;
      marks[along_library ? i : index] = true;
      return along_library;  // else every version of the name
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
      ask(arena, own_space(), library.dynamic.soname(), questions.view(), arch::Native::kGlobDat);
  if (!answers) return std::unexpected(answers.error());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if ((*answers)[i] != 0) addresses[indices[i]] = (*answers)[i];
  }
  return {};
}

// A variable of the library that the program has: its own, which nearly every program that was not
// compiled for it has of stdout and its like (a copy relocation). The program is the first in
// every lookup, and variables are bound by nothing else (functions may be: an auditor can say so).
// So nobody has to be asked; 0 if it has none.
Addr programs_variable(const elf::Object& program, const elf::Object& library, std::size_t index) {
  if (elf::symbol_type(library.symbols[index]) != STT_OBJECT) return 0;
  std::optional<std::size_t> found =
      program.find(library.symbols.name(index), library.versions.name(index));
  if (!found || elf::symbol_type(program.symbols[*found]) != STT_OBJECT) return 0;
  return address_in(program, program.symbols[*found]);
}

// As linkers mark it: not the first library instead, where the program's tables cannot be read.
bool is_program(const elf::Object& object) {
  return object.image.type() == ET_EXEC || (object.dynamic.flags_1 & DF_1_PIE) != 0;
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

Result<std::span<Addr>> addresses_of(Arena& arena, const elf::Object& library,
                                     std::span<const elf::Object* const> earlier,
                                     std::span<const bool> wanted) {
  std::size_t count = library.symbols.size();
  std::span<Addr> addresses = arena.array<Addr>(count);
  std::span<bool> marks = arena.array<bool>(count);
  for (const elf::Object* object : earlier) mark_interposed(library, *object, marks);
  List<std::uint32_t> interposed(arena);
  const bool program = !earlier.empty() && is_program(*earlier[0]);
  std::span<const elf::Sym> symbols = library.symbols.symbols();
  const Addr bias = library.image.bias();
  for (std::size_t i = 0; i < count; ++i) {
    if (!wanted.empty() && !wanted[i]) continue;
    addresses[i] = address_of(symbols[i], bias);
    if (!marks[i] || addresses[i] == 0) continue;
    // GLIBC_PRIVATE names are between the parts of one glibc and cannot be interposed
    // by design; asking for them would tie the probe to them.
    if (library.versions.name(i) == "GLIBC_PRIVATE") continue;
    Addr variable = program ? programs_variable(*earlier[0], library, i) : 0;
    if (variable != 0) {
      addresses[i] = variable;
    } else {
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
