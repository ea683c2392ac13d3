#include "image/probe.h"

#include "arch/machine.h"
#include "base/list.h"
#include "elf/hash.h"
#include "elf/symbols.h"
#include "image/builder.h"

namespace bulkhead::image {

using elf::Addr;

Probe build_probe(Arena& arena, std::string_view library, std::span<const Question> questions,
                  std::uint32_t type) {
  StringTable strings(arena, {});
  Addr file = strings.add(library);
  // Index 0 and 1 mean "local" and "unversioned".
  List<std::string_view> names(arena);
  auto version_index = [&](std::string_view version) -> elf::Versym {
    if (version.empty()) return 1;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == version) return static_cast<elf::Versym>(i + 2);
    }
    names.push_back(version);
    return static_cast<elf::Versym>(names.size() + 1);
  };
  std::span<elf::Sym> symbols = arena.array<elf::Sym>(questions.size() + 1);
  std::span<elf::Versym> versions = arena.array<elf::Versym>(questions.size() + 1);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    symbols[i + 1].st_name = static_cast<elf::Word>(strings.add(questions[i].name));
    symbols[i + 1].st_info =
        elf::make_symbol_info(questions[i].required ? STB_GLOBAL : STB_WEAK, STT_NOTYPE);
    versions[i + 1] = version_index(questions[i].version);
  }
  struct Needs {
    elf::Verneed file;
  } needs = {};
  needs.file = {VER_NEED_CURRENT, static_cast<elf::Half>(names.size()),
                static_cast<elf::Word>(file), sizeof(elf::Verneed), 0};
  std::span<elf::Vernaux> auxiliary = arena.array<elf::Vernaux>(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    elf::Word next = i + 1 < names.size() ? sizeof(elf::Vernaux) : 0;
    auxiliary[i] = {elf::sysv_hash(names[i]), VER_FLG_WEAK, static_cast<elf::Half>(i + 2),
                    static_cast<elf::Word>(strings.add(names[i])), next};
  }

  Builder builder(arena, symbols.size() * 80 + kSmallImage);
  builder.dynamic(DT_NEEDED, file);
  builder.dynamic(DT_SYMTAB, builder.append_array(std::span<const elf::Sym>(symbols)));
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  // ld.so expects requirements wherever there is a version table.
  if (!names.empty()) {
    builder.dynamic(DT_VERSYM, builder.append_array(std::span<const elf::Versym>(versions)));
    builder.dynamic(DT_VERNEED, builder.append(std::as_bytes(std::span(&needs, 1)), alignof(Addr)));
    builder.append_array(std::span<const elf::Vernaux>(auxiliary));
    builder.dynamic(DT_VERNEEDNUM, 1);
  }
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  Addr relocations = builder.reserve(questions.size() * sizeof(elf::Rela), alignof(elf::Rela));
  builder.begin_segment(PF_R | PF_W);
  Addr relro = builder.end();
  Addr answers = builder.reserve(questions.size() * sizeof(Addr), sizeof(Addr));
  for (std::size_t i = 0; i < questions.size(); ++i) {
    auto* relocation = reinterpret_cast<elf::Rela*>(
        builder.at(relocations + i * sizeof(elf::Rela), sizeof(elf::Rela)).data());
    relocation->r_offset = answers + i * sizeof(Addr);
    relocation->r_info = ELF64_R_INFO(i + 1, type);
  }
  builder.dynamic(DT_RELA, relocations);
  builder.dynamic(DT_RELASZ, questions.size() * sizeof(elf::Rela));
  builder.dynamic(DT_RELAENT, sizeof(elf::Rela));
  builder.write_dynamic(relro);
  return {builder.finish(), answers};
}

}  // namespace bulkhead::image
