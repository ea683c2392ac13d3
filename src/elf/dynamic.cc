#include "elf/dynamic.h"

#include <cstring>

#include "base/try.h"

namespace bulkhead::elf {

Result<std::span<const Dyn>> dynamic_entries(const Image& image) {
  const Phdr* header = image.find_header(PT_DYNAMIC);
  if (header == nullptr) {
    return fail(Fault::unsupported, "has no dynamic section", {}, "it is statically linked");
  }
  std::size_t count = header->p_memsz / sizeof(Dyn);
  std::span<const Dyn> all = image.array<Dyn>(header->p_vaddr, count);
  if (all.empty()) return fail(Fault::malformed, "has its dynamic section out of bounds");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].d_tag == DT_NULL) return all.first(i);
  }
  return fail(Fault::malformed, "has a dynamic section without an end");
}

std::span<const Dyn> entries_in_memory(Addr bias, std::span<const Phdr> headers) {
  const Phdr* section = nullptr;
  for (const Phdr& header : headers) {
    if (header.p_type == PT_DYNAMIC) section = &header;
  }
  if (section == nullptr || (bias + section->p_vaddr) % alignof(Dyn) != 0) return {};
  for (const Phdr& header : headers) {
    // As Image has it: what cannot be read holds nothing that is read.
    if (header.p_type != PT_LOAD || (header.p_flags & PF_R) == 0) continue;
    const Addr offset = section->p_vaddr - header.p_vaddr;
    if (section->p_vaddr < header.p_vaddr || offset >= header.p_memsz) continue;
    if (section->p_memsz > header.p_memsz - offset) return {};
    const auto* entries = reinterpret_cast<const Dyn*>(bias + section->p_vaddr);
    const std::size_t count = section->p_memsz / sizeof(Dyn);
    for (std::size_t i = 0; i < count; ++i) {
      if (entries[i].d_tag == DT_NULL) return {entries, i};
    }
    return {};
  }
  return {};
}

namespace {

// What is wrong with an entry by itself; mostly nothing. (ld.so looks at symbols' size not at all,
// and stops the program for the others.)
std::string_view fault_of(Addr tag, Addr value) {
  constexpr std::string_view kRelocations = "has relocations of a wrong size";
  switch (tag) {
    case DT_SYMENT: return value == sizeof(Sym) ? "" : "has symbols of a wrong size";
    case DT_RELAENT: return value == sizeof(Rela) ? "" : kRelocations;
    case DT_RELENT: return value == sizeof(Rel) ? "" : kRelocations;
    case DT_RELRENT: return value == sizeof(Relr) ? "" : kRelocations;
    case DT_PLTREL:
      return value == DT_RELA || value == DT_REL ? "" : "has PLT relocations of an unknown kind";
    default: return {};
  }
}

}  // namespace

void Dynamic::take(const Image& image, const Dyn& entry, Range& strtab) {
  const Addr value = entry.d_un.d_val;
  auto pointer = [&] { return image.to_vaddr(entry.d_un.d_ptr); };
  // Some tags lie outside the range of a signed d_tag's usual values, hence the cast.
  switch (static_cast<Addr>(entry.d_tag)) {
    case DT_STRTAB: strtab.address = pointer(); break;
    case DT_STRSZ: strtab.size = value; break;
    case DT_SYMTAB: symtab = pointer(); break;
    case DT_HASH: hash = pointer(); break;
    case DT_GNU_HASH: gnu_hash = pointer(); break;
    case DT_VERSYM: versym = pointer(); break;
    case DT_VERDEF: verdef = pointer(); break;
    case DT_VERDEFNUM: verdef_count = value; break;
    case DT_VERNEED: verneed = pointer(); break;
    case DT_VERNEEDNUM: verneed_count = value; break;
    case DT_RELA: rela.address = pointer(); break;
    case DT_RELASZ: rela.size = value; break;
    case DT_REL: rel.address = pointer(); break;
    case DT_RELSZ: rel.size = value; break;
    case DT_RELR: relr.address = pointer(); break;
    case DT_RELRSZ: relr.size = value; break;
    case DT_JMPREL: jmprel.address = pointer(); break;
    case DT_PLTRELSZ: jmprel.size = value; break;
    case DT_PLTREL: jmprel_is_rela = value == DT_RELA; break;
    case DT_SONAME: soname_ = value; break;
    case DT_RPATH: rpath_ = value; break;
    case DT_RUNPATH: runpath_ = value; break;
    case DT_FLAGS: flags |= value; break;
    case DT_SYMBOLIC: flags |= DF_SYMBOLIC; break;
    case DT_TEXTREL: flags |= DF_TEXTREL; break;
    case DT_BIND_NOW: flags |= DF_BIND_NOW; break;
    case DT_FLAGS_1: flags_1 = value; break;
    case kDtGnuFlags1: gnu_flags_1 = value; break;
    default: break;
  }
}

Status Dynamic::check_alignment() const {
  std::string_view what;
  auto check = [&](Addr table, Addr alignment, std::string_view misaligned) {
    if (table % alignment != 0) what = misaligned;
  };
  check(symtab, alignof(Sym), "has a misaligned symbol table");
  check(hash, alignof(std::uint32_t), "has a misaligned hash table");
  check(gnu_hash, alignof(Addr), "has a misaligned GNU hash table");
  check(versym, alignof(Versym), "has a misaligned version table");
  check(verdef, alignof(Verdef), "has misaligned version definitions");
  check(verneed, alignof(Verneed), "has misaligned version requirements");
  check(rela.address, alignof(Rela), "has misaligned relocations");
  check(rel.address, alignof(Rel), "has misaligned relocations");
  check(relr.address, alignof(Relr), "has misaligned relative relocations");
  check(jmprel.address, jmprel_is_rela ? alignof(Rela) : alignof(Rel),
        "has misaligned PLT relocations");
  if (!what.empty()) return fail(Fault::malformed, what);
  return {};
}

Result<Dynamic> Dynamic::read(const Image& image) {
  Dynamic dynamic;
  Range strings;
  dynamic.entries_ = BH_TRY(dynamic_entries(image));
  for (const Dyn& entry : dynamic.entries_) {
    std::string_view fault = fault_of(static_cast<Addr>(entry.d_tag), entry.d_un.d_val);
    if (!fault.empty()) return fail(Fault::malformed, fault);
    dynamic.take(image, entry, strings);
  }
  BH_TRY(dynamic.check_alignment());
  if (strings.address == 0) return fail(Fault::malformed, "has no dynamic string table");
  std::span<const std::byte> text = image.bytes(strings.address, strings.size);
  if (text.size() != strings.size) {
    return fail(Fault::malformed, "has its dynamic string table out of bounds");
  }
  // What has no end is no string: in a copy of the table it would go on to what is added.
  while (!text.empty() && text.back() != std::byte{0}) text = text.first(text.size() - 1);
  dynamic.strings_ = Strings(text);
  return dynamic;
}

std::string_view Strings::string(Addr offset) const {
  if (offset >= bytes_.size()) return {};
  const char* start = reinterpret_cast<const char*>(bytes_.data()) + offset;
  std::size_t room = bytes_.size() - offset;
  const void* end = std::memchr(start, 0, room);
  if (end == nullptr) return {};
  return {start, static_cast<std::size_t>(static_cast<const char*>(end) - start)};
}

bool Strings::is_string(Addr offset, std::string_view text) const {
  if (offset >= bytes_.size() || bytes_.size() - offset <= text.size()) return false;
  const char* start = reinterpret_cast<const char*>(bytes_.data()) + offset;
  return start[text.size()] == '\0' && std::string_view{start, text.size()} == text;
}

}  // namespace bulkhead::elf
