// Mutations that know ELF: one field of a header, a dynamic entry or a record of a table gets
// another value.
//
// A byte at random mostly hits strings, and what a reader checks first. Most of what a reader does
// hangs on few fields, each found by others; so a field is found as a reader finds it, and gets
// what is in other fields, or nearly that.
#pragma once

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <vector>

namespace fuzz {

using Bytes = std::vector<std::uint8_t>;

// Random is called with a limit and gives a number below it.
template <class Random>
class ElfMutation {
 public:
  ElfMutation(Bytes& bytes, Random& below) : bytes_(bytes), below_(below) {}

  static bool is_elf(const Bytes& bytes) {
    return bytes.size() >= sizeof(Header) && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
  }

  void change() {
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    switch (below_(8)) {
      case 0: return change_header();
      case 1: return change_segment();
      case 2:
      case 3: return change_dynamic();
      default: return change_table();
    }
  }

 private:
  using Header = ElfW(Ehdr);
  using Segment = ElfW(Phdr);
  using Entry = ElfW(Dyn);
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  struct Field {
    std::size_t offset, width;
  };
  struct Table {
    std::size_t size;  // of a record
    std::vector<Field> fields;
  };

  template <class T>
  bool read(std::size_t at, T& to) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof to) return false;
    std::memcpy(&to, &bytes_[at], sizeof to);
    return true;
  }

  std::size_t segment_at(std::size_t index) const {
    return header_.e_phoff + index * sizeof(Segment);
  }

  // The file's offset of an address.
  std::size_t offset_of(std::uint64_t address) const {
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      Segment segment;
      if (!read(segment_at(i), segment)) break;
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr) continue;
      if (address - segment.p_vaddr < segment.p_filesz) {
        return segment.p_offset + (address - segment.p_vaddr);
      }
    }
    return kNowhere;
  }

  // Where the dynamic section begins in the file, and how many entries it has.
  std::size_t dynamic(std::size_t& count) const {
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      Segment segment;
      if (!read(segment_at(i), segment)) break;
      if (segment.p_type != PT_DYNAMIC) continue;
      Entry entry;
      for (count = 0; count < 100 && read(segment.p_offset + count * sizeof entry, entry);) {
        ++count;
        if (entry.d_tag == DT_NULL) break;
      }
      return count == 0 ? kNowhere : segment.p_offset;
    }
    return kNowhere;
  }

  void change_header() {
    constexpr Field kFields[] = {{EI_CLASS, 1},
                                 {EI_DATA, 1},
                                 {EI_NIDENT - 1, 1},
                                 {offsetof(Header, e_type), 2},
                                 {offsetof(Header, e_machine), 2},
                                 {offsetof(Header, e_phoff), sizeof header_.e_phoff},
                                 {offsetof(Header, e_phentsize), 2},
                                 {offsetof(Header, e_phnum), 2},
                                 {offsetof(Header, e_shoff), sizeof header_.e_shoff},
                                 {offsetof(Header, e_shnum), 2}};
    const Field field = kFields[below_(std::size(kFields))];
    write(field.offset, field.width, 0);
  }

  void change_segment() {
    if (header_.e_phnum == 0) return;
    constexpr Field kFields[] = {{offsetof(Segment, p_type), 4},
                                 {offsetof(Segment, p_flags), 4},
                                 {offsetof(Segment, p_offset), sizeof(ElfW(Off))},
                                 {offsetof(Segment, p_vaddr), sizeof(ElfW(Addr))},
                                 {offsetof(Segment, p_filesz), sizeof(ElfW(Off))},
                                 {offsetof(Segment, p_memsz), sizeof(ElfW(Off))},
                                 {offsetof(Segment, p_align), sizeof(ElfW(Off))}};
    const Field field = kFields[below_(std::size(kFields))];
    write(segment_at(below_(header_.e_phnum)) + field.offset, field.width, sizeof(Segment));
  }

  void change_dynamic() {
    std::size_t count = 0;
    const std::size_t at = dynamic(count);
    if (at == kNowhere) return;
    const std::size_t entry = at + below_(count) * sizeof(Entry);
    const std::size_t value = entry + offsetof(Entry, d_un);
    if (below_(3) != 0) return write(value, sizeof(ElfW(Addr)), sizeof(Entry));
    constexpr std::int64_t kTags[] = {DT_NULL,
                                      DT_NEEDED,
                                      DT_PLTRELSZ,
                                      DT_PLTGOT,
                                      DT_HASH,
                                      DT_STRTAB,
                                      DT_SYMTAB,
                                      DT_RELA,
                                      DT_RELASZ,
                                      DT_RELAENT,
                                      DT_STRSZ,
                                      DT_SYMENT,
                                      DT_INIT,
                                      DT_FINI,
                                      DT_SONAME,
                                      DT_RPATH,
                                      DT_SYMBOLIC,
                                      DT_REL,
                                      DT_RELSZ,
                                      DT_RELENT,
                                      DT_PLTREL,
                                      DT_DEBUG,
                                      DT_TEXTREL,
                                      DT_JMPREL,
                                      DT_RUNPATH,
                                      DT_FLAGS,
                                      DT_GNU_HASH,
                                      DT_VERSYM,
                                      DT_VERDEF,
                                      DT_VERDEFNUM,
                                      DT_VERNEED,
                                      DT_FLAGS_1,
                                      DT_VERNEEDNUM,
                                      DT_INIT_ARRAY,
                                      DT_FILTER,
                                      DT_AUXILIARY,
                                      35,
                                      36,
                                      37,
                                      DT_TLSDESC_PLT};  // of DT_RELR: size, table, entry
    const auto tag = static_cast<ElfW(Sxword)>(kTags[below_(std::size(kTags))]);
    std::memcpy(&bytes_[entry], &tag, sizeof tag);
  }

  // What a table's records look like, by the tag that leads to it.
  static Table table_of(std::int64_t tag) {
    using Symbol = ElfW(Sym);
    switch (tag) {
      case DT_SYMTAB:
        return {sizeof(Symbol),
                {{offsetof(Symbol, st_name), 4},
                 {offsetof(Symbol, st_info), 1},
                 {offsetof(Symbol, st_other), 1},
                 {offsetof(Symbol, st_shndx), 2},
                 {offsetof(Symbol, st_value), sizeof(ElfW(Addr))},
                 {offsetof(Symbol, st_size), sizeof(ElfW(Addr))}}};
      case DT_RELA:
      case DT_JMPREL:
        return {sizeof(ElfW(Rela)),
                {{0, sizeof(ElfW(Addr))}, {8, 4}, {12, 4}, {16, sizeof(ElfW(Addr))}}};
      case DT_HASH: return {4, {{0, 4}}};
      case DT_GNU_HASH: return {4, {{0, 4}}};
      case DT_VERSYM: return {2, {{0, 2}}};
      case DT_VERDEF:
      case DT_VERNEED: return {4, {{0, 2}, {2, 2}, {0, 4}}};
      case DT_STRTAB: return {1, {{0, 1}}};
      case 36: return {sizeof(ElfW(Addr)), {{0, sizeof(ElfW(Addr))}}};
      default: return {0, {}};
    }
  }

  void change_table() {
    std::size_t count = 0;
    const std::size_t at = dynamic(count);
    if (at == kNowhere) return;
    for (int tries = 0; tries < 16; ++tries) {
      Entry entry;
      if (!read(at + below_(count) * sizeof entry, entry)) return;
      const Table table = table_of(entry.d_tag);
      const std::size_t start = table.size == 0 ? kNowhere : offset_of(entry.d_un.d_ptr);
      if (start == kNowhere || start >= bytes_.size()) continue;
      const std::size_t records = (bytes_.size() - start) / table.size;
      if (records == 0) continue;
      const Field field = table.fields[below_(table.fields.size())];
      const std::size_t record = below_(below_(2) == 0 ? std::min<std::size_t>(records, 12)
                                                       : std::min<std::size_t>(records, 200));
      return write(start + record * table.size + field.offset, field.width, table.size);
    }
  }

  // `record`: how far away the next one is whose value may be taken; 0 if there is none.
  void write(std::size_t at, std::size_t width, std::size_t record) {
    if (at > bytes_.size() || width > bytes_.size() - at) return;
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes_[at], width);
    switch (below_(6)) {
      case 0: value += below_(33) - 16; break;
      case 1:
        if (record != 0) {  // what a neighbour has
          const std::size_t other = at + (below_(9) - 4) * record;
          if (other < bytes_.size() && width <= bytes_.size() - other) {
            std::memcpy(&value, &bytes_[other], width);
          }
        }
        break;
      case 2: value = address(); break;
      case 3: value = below_(300); break;
      case 4: value ^= std::uint64_t{1} << below_(8 * width); break;
      default: {
        const std::uint64_t top = std::uint64_t{1} << (8 * width - 1);
        const std::uint64_t choices[] = {0,
                                         ~std::uint64_t{0},
                                         top,
                                         top - 1,
                                         bytes_.size(),
                                         bytes_.size() - below_(64),
                                         ~below_(4096),
                                         below_(~0U)};
        value = choices[below_(std::size(choices))];
      }
    }
    std::memcpy(&bytes_[at], &value, width);
  }

  // One that something has: a table, or the end of a segment.
  std::uint64_t address() {
    std::size_t count = 0;
    const std::size_t at = dynamic(count);
    Entry entry;
    if (below_(2) == 0 && at != kNowhere && read(at + below_(count) * sizeof entry, entry)) {
      return entry.d_un.d_val + 8 * below_(4);
    }
    Segment segment;
    if (header_.e_phnum == 0 || !read(segment_at(below_(header_.e_phnum)), segment)) return 0;
    return segment.p_vaddr + (below_(2) == 0 ? segment.p_filesz : segment.p_memsz) - 8 * below_(4);
  }

  Bytes& bytes_;
  Random& below_;
  Header header_;
};

}  // namespace fuzz
