#include "process/addresses.h"

#include <sys/mman.h>

#include <algorithm>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/keep_errno.h"
#include "base/list.h"
#include "base/page_size.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "elf/shared_names.h"
#include "process/constructor_call.h"
#include "process/later_references.h"
#include "process/loader.h"
#include "process/questions.h"

namespace bulkhead::process {
namespace {

using elf::Addr;

// The symbols of `library` that `earlier` defines too, whatever their version, or has the address
// of: each once.
List<elf::SymbolIndex> names_before(Arena& arena, const elf::Object& library,
                                    std::span<const elf::Object* const> earlier) {
  List<elf::SymbolIndex> names(arena);
  std::span<bool> marks = arena.array<bool>(library.symbols.size());
  for (const elf::Object* object : earlier) {
    elf::for_each_shared_name(library, *object, [&](elf::SymbolIndex own, elf::SymbolIndex others) {
      const elf::Sym& symbol = object->symbols[others];
      if (marks[own] || !elf::is_exported(library.symbols[own])) return;
      if (!elf::is_exported(symbol) && !elf::is_plt_address(symbol)) return;
      if (elf::is_linker_mark(library.symbols.name(own))) return;
      marks[own] = true;
      names.push_back(own);
    });
  }
  return names;
}

// What is about to be written at once: one system call in place of a page fault for each page.
void prepare(std::span<const elf::Sym> symbols) {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14; else it is refused
  constexpr Addr kWorthwhile = 4;
  const Addr begin = page_start(reinterpret_cast<Addr>(symbols.data()));
  const Addr end = reinterpret_cast<Addr>(symbols.data() + symbols.size());
  if (end - begin < kWorthwhile * page_size()) return;
  KeepErrno keep;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, kPopulateWrite);
}

// Every start of a program does this for libc's three thousand symbols.
image::AbsoluteSymbols own_addresses(Arena& arena, const elf::Object& library,
                                     std::span<const bool> wanted) {
  std::span<const elf::Sym> originals = library.symbols.symbols();
  const image::AbsoluteSymbols symbols(arena, originals);
  const Addr bias = library.image.bias();
  const elf::GnuHash* hash = library.symbols.gnu();
  const std::size_t first = hash != nullptr ? hash->symbol_offset : 0;
  if (wanted.empty()) {
    prepare(symbols.view());
    symbols.set_all(first, bias, [&](const elf::Sym& symbol) { return address_of(symbol, bias); });
    return symbols;
  }
  for (std::size_t i = first; i < originals.size(); ++i) {
    if (wanted[i]) symbols.set(i, address_of(originals[i], bias));
  }
  return symbols;
}

Status ask_for(Arena& arena, const elf::Object& library, std::span<const elf::SymbolIndex> indices,
               const image::AbsoluteSymbols& symbols) {
  List<image::Question> questions(arena);
  for (elf::SymbolIndex index : indices) {
    questions.push_back({library.symbols.name(index), library.versions.name(index)});
  }
  Result<std::span<const Addr>> answers =
      ask(arena, program(), library.dynamic.soname(), questions.view(), arch::Native::kGlobDat);
  if (!answers) return std::unexpected(answers.error());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if ((*answers)[i] != 0) symbols.set(indices[i], (*answers)[i]);
  }
  return {};
}

// A variable of the library that the program has: its own, which nearly every program that was not
// compiled for it has of stdout and its like (a copy relocation). The program is the first in
// every lookup, and variables are bound by nothing else (functions may be: an auditor can say so).
// So nobody has to be asked; 0 if it has none.
Addr programs_variable(const elf::Object& program, const elf::Object& library,
                       elf::SymbolIndex index) {
  if (elf::symbol_type(library.symbols[index]) != STT_OBJECT) return 0;
  std::optional<elf::SymbolIndex> found =
      program.find(library.symbols.name(index), library.versions.name(index));
  if (!found || elf::symbol_type(program.symbols[*found]) != STT_OBJECT) return 0;
  return address_in(program, program.symbols[*found]);
}

// As linkers mark it: not the first library instead, where the program's tables cannot be read.
bool is_program(const elf::Object& object) {
  return object.image.type() == ET_EXEC || (object.dynamic.flags_1 & DF_1_PIE) != 0;
}

struct Asking {
  const link_map* among;
  std::string_view path;  // of the probe
  Addr at;                // where its answers are
  std::span<Addr> answers;
};

// While ld.so relocates the probe.
void read_answers(void* context) {
  const auto& asking = *static_cast<const Asking*>(context);
  for (const link_map* each = asking.among; each != nullptr; each = next_of(each)) {
    if (asking.path != name_of(each)) continue;
    const auto* found = reinterpret_cast<const Addr*>(bias_of(each) + asking.at);
    std::ranges::copy_n(found, static_cast<std::ptrdiff_t>(asking.answers.size()),
                        asking.answers.begin());
  }
}

// Of a library that ld.so searches for everybody. Nothing: it is none, or lacks a name.
std::optional<std::span<const Addr>> ask_global(Arena& arena, link_map* among,
                                                std::string_view name,
                                                std::span<const image::Question> questions,
                                                std::uint32_t relocation) {
  std::string_view loaded = loaded_as(arena, among, name);
  if (loaded.empty()) return std::nullopt;  // ld.so would not know whose versions are meant
  image::Probe probe = image::build_probe(arena, loaded, questions, relocation, 0);
  Result<ImageFile> file = ImageFile::make(arena, "bulkhead-probe", probe.bytes);
  if (!file) return std::nullopt;
  Result<link_map*> opened =
      open_in(arena, namespace_of(among), file->path(), RTLD_NOW | RTLD_LOCAL);
  if (!opened) return std::nullopt;
  const auto* found = reinterpret_cast<const Addr*>(bias_of(*opened) + probe.answers);
  std::span<Addr> answers = arena.array<Addr>(questions.size());
  bool all = true;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i] = found[i];
    all = all && found[i] != 0;
  }
  close(*opened);
  return all ? std::optional<std::span<const Addr>>(answers) : std::nullopt;
}

}  // namespace

Result<std::span<const Addr>> ask(Arena& arena, link_map* among, std::string_view name,
                                  std::span<const image::Question> questions,
                                  std::uint32_t relocation, int mode) {
  if (mode == 0) {
    if (auto answers = ask_global(arena, among, name, questions, relocation)) return *answers;
  }
  image::Probe probe =
      image::build_probe(arena, name, questions, relocation, ConstructorCall::resolver());
  Result<ImageFile> file = ImageFile::make(arena, "bulkhead-probe", probe.bytes);
  if (!file) return std::unexpected(file.error());
  Asking asking{among, file->path(), probe.answers, arena.array<Addr>(questions.size())};
  ConstructorCall call(&read_answers, &asking);
  Result<link_map*> opened =
      open_in(arena, namespace_of(among), file->path(), RTLD_NOW | RTLD_LOCAL | mode);
  if (opened) {
    close(*opened);  // somebody has the name that nobody has
  } else if (!call.done() ||
             opened.error().because.find(image::kNobodysName) == std::string_view::npos) {
    return std::unexpected(opened.error());
  }
  return asking.answers;
}

Result<image::AbsoluteSymbols> addresses_of(Arena& arena, const elf::Object& library,
                                            std::span<const elf::Object* const> earlier,
                                            std::span<const bool> wanted) {
  const image::AbsoluteSymbols symbols = own_addresses(arena, library, wanted);
  List<elf::SymbolIndex> interposed(arena);
  const bool program = !earlier.empty() && is_program(*earlier[0]);
  for (elf::SymbolIndex i : names_before(arena, library, earlier)) {
    if (symbols[i] == 0) continue;
    // GLIBC_PRIVATE names are between the parts of one glibc and cannot be interposed
    // by design; asking for them would tie the probe to them.
    if (library.versions.name(i) == "GLIBC_PRIVATE") continue;
    Addr variable = program ? programs_variable(*earlier[0], library, i) : 0;
    if (variable != 0) {
      symbols.set(i, variable);
    } else {
      interposed.push_back(i);
    }
  }
  if (!interposed.empty()) {
    if (Status asked = ask_for(arena, library, interposed.view(), symbols); !asked) {
      return std::unexpected(asked.error());
    }
    debug(Topic::bind, {library.dynamic.soname(), ": ", decimal(arena, interposed.size()),
                        " names are also defined before it; ld.so was asked for those"});
  }
  put_back_leads(symbols);
  return symbols;
}

}  // namespace bulkhead::process
