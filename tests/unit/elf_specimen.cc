#include "elf_specimen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "arch/machine.h"

namespace bulkhead::elf {
namespace {

struct Definition {
  const char* name;
  Half version;  // as in DT_VERSYM
  unsigned type;
};

}  // namespace

Specimen::Specimen() {
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = sizeof(Addr) == 8 ? ELFCLASS64 : ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = arch::Native::kMachine;
  header.e_version = EV_CURRENT;
  header.e_phoff = vaddr(load);
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Phdr);
  header.e_phnum = 3;
  load = {
      .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_filesz = sizeof *this, .p_memsz = sizeof *this};
  load.p_align = 0x1000;
  dynamic_header = {.p_type = PT_DYNAMIC, .p_flags = PF_R | PF_W, .p_offset = vaddr(dynamic)};
  dynamic_header.p_vaddr = vaddr(dynamic);
  dynamic_header.p_filesz = dynamic_header.p_memsz = sizeof dynamic;

  // Symbols of a bucket stand together.
  Definition all[kHashed] = {{"alpha", 3, STT_FUNC},
                             {"alpha", 2 | kVersionHidden, STT_FUNC},
                             {"beta", 2, STT_OBJECT},
                             {"gamma", 1, STT_NOTYPE},
                             {"delta", 3, STT_TLS}};
  std::stable_sort(std::begin(all), std::end(all), [](const Definition& a, const Definition& b) {
    return gnu_hash(a.name) % 2 < gnu_hash(b.name) % 2;
  });
  gnu.bucket_count = 2;
  gnu.symbol_offset = kFirstHashed;
  gnu.bloom_size = 2;
  gnu.bloom_shift = 6;
  gnu.end = 1;
  sysv.bucket_count = 3;
  sysv.chain_count = kSymbols;
  symbols[1] = {.st_name = string("imported"), .st_info = make_symbol_info(STB_GLOBAL, STT_FUNC)};
  versym[1] = 4;
  for (std::size_t i = 0; i < kHashed; ++i) {
    const std::size_t index = kFirstHashed + i;
    const std::uint32_t hash = gnu_hash(all[i].name);
    symbols[index] = {.st_name = string(all[i].name),
                      .st_info = make_symbol_info(STB_GLOBAL, all[i].type),
                      .st_shndx = 1,
                      .st_value = vaddr(words) + i,
                      .st_size = 8};
    versym[index] = all[i].version;
    constexpr unsigned kBits = 8 * sizeof(Addr);
    gnu.bloom[(hash / kBits) % 2] |= Addr{1} << (hash % kBits) | Addr{1} << ((hash >> 6U) % kBits);
    if (gnu.buckets[hash % 2] == 0) gnu.buckets[hash % 2] = static_cast<std::uint32_t>(index);
    const bool last = i + 1 == kHashed || gnu_hash(all[i + 1].name) % 2 != hash % 2;
    gnu.chains[i] = (hash & ~1U) | (last ? 1U : 0U);
    std::uint32_t& bucket = sysv.buckets[sysv_hash(all[i].name) % 3];
    sysv.chains[index] = bucket;
    bucket = static_cast<std::uint32_t>(index);
  }

  constexpr const char* kVersions[] = {"libspec.so.1", "SPEC_1", "SPEC_2"};
  for (std::size_t i = 0; i < 3; ++i) {
    definitions[i].record = {.vd_version = VER_DEF_CURRENT,
                             .vd_flags = static_cast<Half>(i == 0 ? VER_FLG_BASE : 0),
                             .vd_ndx = static_cast<Half>(i + 1),
                             .vd_cnt = 1,
                             .vd_hash = sysv_hash(kVersions[i]),
                             .vd_aux = sizeof(Verdef),
                             .vd_next = i == 2 ? Word{0} : Word{sizeof definitions[0]}};
    definitions[i].name.vda_name = string(kVersions[i]);
  }
  need.record = {.vn_version = VER_NEED_CURRENT,
                 .vn_cnt = 2,
                 .vn_file = string("libdep.so.1"),
                 .vn_aux = sizeof(Verneed),
                 .vn_next = 0};
  need.versions[0] = {.vna_hash = sysv_hash("DEP_1"),
                      .vna_flags = 0,
                      .vna_other = 4,
                      .vna_name = string("DEP_1"),
                      .vna_next = sizeof(Vernaux)};
  need.versions[1] = {.vna_hash = sysv_hash("DEP_2"),
                      .vna_flags = VER_FLG_WEAK,
                      .vna_other = 5,
                      .vna_name = string("DEP_2"),
                      .vna_next = 0};

  using M = arch::Native;
  rela[0] = {vaddr(words[0]), ELF64_R_INFO(1, M::kGlobDat), 0};
  rela[1] = {vaddr(words[1]), ELF64_R_INFO(0, R_X86_64_RELATIVE), 0x10};
  jmprel[0] = {vaddr(words[2]), ELF64_R_INFO(1, M::kJumpSlot), 0};
  relr[0] = vaddr(words[0]);
  relr[1] = 0x5U;  // a bitmap: bit 1 is the word after words[0]

  add(DT_SONAME, string("libspec.so.1"));
  add(DT_NEEDED, string("libdep.so.1"));
  add(DT_NEEDED, string("libother.so.2"));
  add(DT_RUNPATH, string("$ORIGIN/../lib"));
  add(DT_STRTAB, vaddr(strings));
  add(DT_STRSZ, sizeof strings);
  add(DT_SYMTAB, vaddr(symbols));
  add(DT_GNU_HASH, vaddr(gnu));
  add(DT_HASH, vaddr(sysv));
  add(DT_VERSYM, vaddr(versym));
  add(DT_VERDEF, vaddr(definitions));
  add(DT_VERDEFNUM, 3);
  add(DT_VERNEED, vaddr(need));
  add(DT_VERNEEDNUM, 1);
  add(DT_RELA, vaddr(rela));
  add(DT_RELASZ, sizeof rela);
  add(DT_JMPREL, vaddr(jmprel));
  add(DT_PLTRELSZ, sizeof jmprel);
  add(DT_PLTREL, DT_RELA);
  add(DT_RELR, vaddr(relr));
  add(DT_RELRSZ, sizeof relr);
}

Addr& Specimen::tag(Addr wanted) {
  for (Dyn& entry : dynamic) {
    if (static_cast<Addr>(entry.d_tag) == wanted) return entry.d_un.d_val;
  }
  ADD_FAILURE() << "the specimen has no entry of tag " << wanted;
  std::abort();
}

void Specimen::remove(Addr wanted) {
  for (Dyn& entry : dynamic) {
    if (static_cast<Addr>(entry.d_tag) == wanted) entry.d_tag = DT_DEBUG;
  }
}

void Specimen::add(Addr tag, Addr value) {
  for (Dyn& entry : std::span(dynamic).first(std::size(dynamic) - 1)) {
    if (entry.d_tag != DT_NULL) continue;
    entry.d_tag = static_cast<decltype(entry.d_tag)>(tag);
    entry.d_un.d_val = value;
    return;
  }
  ADD_FAILURE() << "the specimen's dynamic section is full";
}

std::size_t Specimen::index_of(std::string_view name, Half version) const {
  for (std::size_t i = 1; i < kSymbols; ++i) {
    if (strings + symbols[i].st_name == name && (versym[i] & kVersionIndexMask) == version)
      return i;
  }
  return 0;
}

Word Specimen::string(std::string_view text) {
  for (std::size_t at = 1; at < strings_used_; at += std::strlen(strings + at) + 1) {
    if (strings + at == text) return static_cast<Word>(at);
  }
  const std::size_t at = strings_used_;
  if (at + text.size() >= sizeof strings) std::abort();
  std::memcpy(strings + at, text.data(), text.size());
  strings_used_ += text.size() + 1;
  return static_cast<Word>(at);
}

}  // namespace bulkhead::elf
