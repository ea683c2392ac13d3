#include "process/addresses.h"

#include <algorithm>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/list.h"
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

// Marks the symbols of `library` that `earlier` defines too, whatever their version, or has the
// address of.
void mark_interposed(const elf::Object& library, const elf::Object& earlier,
                     std::span<bool> marks) {
  elf::for_each_shared_name(library, earlier, [&](elf::SymbolIndex own, elf::SymbolIndex others) {
    const elf::Sym& symbol = earlier.symbols[others];
    if (!elf::is_exported(library.symbols[own])) return;
    if (!elf::is_exported(symbol) && !elf::is_plt_address(symbol)) return;
    if (!elf::is_linker_mark(library.symbols.name(own))) marks[own] = true;
  });
}

Status ask_for(Arena& arena, const elf::Object& library, std::span<const elf::SymbolIndex> indices,
               std::span<Addr> addresses) {
  List<image::Question> questions(arena);
  for (elf::SymbolIndex index : indices) {
    questions.push_back({library.symbols.name(index), library.versions.name(index)});
  }
  Result<std::span<const Addr>> answers =
      ask(arena, program(), library.dynamic.soname(), questions.view(), arch::Native::kGlobDat);
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

Result<std::span<Addr>> addresses_of(Arena& arena, const elf::Object& library,
                                     std::span<const elf::Object* const> earlier,
                                     std::span<const bool> wanted) {
  std::size_t count = library.symbols.size();
  std::span<Addr> addresses = arena.array<Addr>(count);
  std::span<bool> marks = arena.array<bool>(count);
  for (const elf::Object* object : earlier) mark_interposed(library, *object, marks);
  List<elf::SymbolIndex> interposed(arena);
  const bool program = !earlier.empty() && is_program(*earlier[0]);
  std::span<const elf::Sym> symbols = library.symbols.symbols();
  const Addr bias = library.image.bias();
  for (elf::SymbolIndex i : library.symbols.indices(0)) {
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
      interposed.push_back(i);
    }
  }
  if (!interposed.empty()) {
    if (Status asked = ask_for(arena, library, interposed.view(), addresses); !asked) {
      return std::unexpected(asked.error());
    }
    debug(Topic::bind, {library.dynamic.soname(), ": ", decimal(arena, interposed.size()),
                        " names are also defined before it; ld.so was asked for those"});
  }
  put_back_leads(addresses);
  return addresses;
}

}  // namespace bulkhead::process
