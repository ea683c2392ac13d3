#include "image/probe.h"

#include "arch/machine.h"
#include "base/list.h"
#include "elf/hash.h"
#include "elf/symbols.h"
#include "image/builder.h"
#include "image/relocations.h"

namespace bulkhead::image {
namespace {

using elf::Addr;

// What a question takes, with a name of usual length.
constexpr std::size_t kSizeOfQuestion = 80;

// The IFUNC, and the name that nobody has.
constexpr std::uint32_t kLastWords = 2;

// The requirements of a probe, all of one file: its version names, each once.
class Requirements {
 public:
  explicit Requirements(Arena& arena) : names_(arena) {}

  // A version's number in DT_VERSYM. 0 and 1 mean "local" and "unversioned".
  elf::Versym index_of(std::string_view version) {
    constexpr std::size_t kFirst = 2;
    if (version.empty()) return 1;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == version) return static_cast<elf::Versym>(i + kFirst);
    }
    names_.push_back(version);
    return static_cast<elf::Versym>(names_.size() - 1 + kFirst);
  }

  // Makes the records; `file`: where its name is in `strings`.
  void finish(Arena& arena, StringTable& strings, Addr file) {
    file_ = {VER_NEED_CURRENT, static_cast<elf::Half>(names_.size()), static_cast<elf::Word>(file),
             sizeof(elf::Verneed), 0};
    versions_ = arena.array<elf::Vernaux>(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      elf::Word next = i + 1 < names_.size() ? sizeof(elf::Vernaux) : 0;
      versions_[i] = {elf::sysv_hash(names_[i]), VER_FLG_WEAK, index_of(names_[i]),
                      static_cast<elf::Word>(strings.add(names_[i])), next};
    }
  }

  // ld.so expects requirements wherever there is a version table.
  void add_to(Builder& builder, std::span<const elf::Versym> of_symbols) const {
    if (names_.empty()) return;
    builder.dynamic(DT_VERSYM, builder.append_array(of_symbols));
    builder.dynamic(DT_VERNEED, builder.append(std::as_bytes(std::span(&file_, 1)), alignof(Addr)));
    builder.append_array(std::span<const elf::Vernaux>(versions_));
    builder.dynamic(DT_VERNEEDNUM, 1);
  }

 private:
  List<std::string_view> names_;
  elf::Verneed file_ = {};
  std::span<elf::Vernaux> versions_;
};

}  // namespace

Probe build_probe(Arena& arena, std::string_view library, std::span<const Question> questions,
                  std::uint32_t type, Addr resolver) {
  StringTable strings(arena, {});
  Addr file = strings.add(library);
  Requirements requirements(arena);
  const bool needs = resolver != 0;
  const auto count = static_cast<std::uint32_t>(questions.size());
  const std::uint32_t last = needs ? count + kLastWords : count;
  std::span<elf::Sym> symbols = arena.array<elf::Sym>(last + 1);
  std::span<elf::Versym> versions = arena.array<elf::Versym>(last + 1);
  for (std::size_t i = 0; i < count; ++i) {
    symbols[i + 1].st_name = static_cast<elf::Word>(strings.add(questions[i].name));
    symbols[i + 1].st_info = elf::make_symbol_info(STB_WEAK, STT_NOTYPE);
    versions[i + 1] = requirements.index_of(questions[i].version);
  }
  if (needs) {
    symbols[count + 1].st_info = elf::make_symbol_info(STB_LOCAL, STT_GNU_IFUNC);
    symbols[count + 1].st_shndx = SHN_ABS;
    symbols[count + 1].st_value = resolver;
    symbols[last].st_name = static_cast<elf::Word>(strings.add(kNobodysName));
    symbols[last].st_info = elf::make_symbol_info(STB_GLOBAL, STT_NOTYPE);
    versions[last] = requirements.index_of({});
  }
  requirements.finish(arena, strings, file);

  Builder builder(arena, symbols.size() * kSizeOfQuestion + kSmallImage);
  if (needs) builder.dynamic(DT_NEEDED, file);
  builder.dynamic(DT_SYMTAB, builder.append_array(std::span<const elf::Sym>(symbols)));
  builder.dynamic(DT_SYMENT, sizeof(elf::Sym));
  requirements.add_to(builder, versions);
  builder.dynamic(DT_STRTAB, builder.append(strings.bytes(), 1));
  builder.dynamic(DT_STRSZ, strings.bytes().size());
  // ld.so does them in this order.
  Relocations relocations(builder, last);
  builder.begin_segment(PF_R | PF_W);
  Addr relro = builder.end();
  Addr answers = builder.reserve(last * sizeof(Addr), sizeof(Addr));
  for (std::uint32_t i = 0; i < last; ++i) {
    relocations.add(answers + i * sizeof(Addr), i + 1, i < count ? type : arch::Native::kGlobDat);
  }
  relocations.name();
  builder.write_dynamic(relro);
  return {builder.finish(), answers};
}

}  // namespace bulkhead::image
