#include "elf/dynamic.h"

#include <cstring>

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

Result<Dynamic> Dynamic::read(const Image& image) {
  Result<std::span<const Dyn>> entries = dynamic_entries(image);
  if (!entries) return std::unexpected(entries.error());
  Dynamic dynamic;
  dynamic.entries_ = *entries;
  Addr strings = 0;
  Addr strings_size = 0;
  for (const Dyn& entry : *entries) {
    const Addr value = entry.d_un.d_val;
    auto pointer = [&] { return image.to_vaddr(entry.d_un.d_ptr); };
    // Some tags lie outside the range of a signed d_tag's usual values, hence the cast.
    switch (static_cast<Addr>(entry.d_tag)) {
      case DT_STRTAB: strings = pointer(); break;
      case DT_STRSZ: strings_size = value; break;
      case DT_SYMTAB: dynamic.symtab = pointer(); break;
      case DT_HASH: dynamic.hash = pointer(); break;
      case DT_GNU_HASH: dynamic.gnu_hash = pointer(); break;
      case DT_VERSYM: dynamic.versym = pointer(); break;
      case DT_VERDEF: dynamic.verdef = pointer(); break;
      case DT_VERDEFNUM: dynamic.verdef_count = value; break;
      case DT_VERNEED: dynamic.verneed = pointer(); break;
      case DT_VERNEEDNUM: dynamic.verneed_count = value; break;
      case DT_RELA: dynamic.rela.address = pointer(); break;
      case DT_RELASZ: dynamic.rela.size = value; break;
      case DT_REL: dynamic.rel.address = pointer(); break;
      case DT_RELSZ: dynamic.rel.size = value; break;
      case DT_RELR: dynamic.relr.address = pointer(); break;
      case DT_RELRSZ: dynamic.relr.size = value; break;
      case DT_JMPREL: dynamic.jmprel.address = pointer(); break;
      case DT_PLTRELSZ: dynamic.jmprel.size = value; break;
      case DT_PLTREL: dynamic.jmprel_is_rela = value == DT_RELA; break;
      case DT_SONAME: dynamic.soname_ = value; break;
      case DT_RPATH: dynamic.rpath_ = value; break;
      case DT_RUNPATH: dynamic.runpath_ = value; break;
      case DT_FLAGS: dynamic.flags |= value; break;
      case DT_SYMBOLIC: dynamic.flags |= DF_SYMBOLIC; break;
      case DT_TEXTREL: dynamic.flags |= DF_TEXTREL; break;
      case DT_BIND_NOW: dynamic.flags |= DF_BIND_NOW; break;
      case DT_FLAGS_1: dynamic.flags_1 = value; break;
      case kDtGnuFlags1: dynamic.gnu_flags_1 = value; break;
      default: break;
    }
  }
  if (strings == 0) return fail(Fault::malformed, "has no dynamic string table");
  dynamic.strings_ = image.bytes(strings, strings_size);
  if (dynamic.strings_.size() != strings_size) {
    return fail(Fault::malformed, "has its dynamic string table out of bounds");
  }
  return dynamic;
}

std::string_view Dynamic::string(Addr offset) const {
  if (offset >= strings_.size()) return {};
  const char* start = reinterpret_cast<const char*>(strings_.data()) + offset;
  std::size_t room = strings_.size() - offset;
  const void* end = std::memchr(start, 0, room);
  if (end == nullptr) return {};
  return {start, static_cast<std::size_t>(static_cast<const char*>(end) - start)};
}

bool Dynamic::is_string(Addr offset, std::string_view text) const {
  if (offset >= strings_.size() || strings_.size() - offset <= text.size()) return false;
  const char* start = reinterpret_cast<const char*>(strings_.data()) + offset;
  return start[text.size()] == '\0' && std::string_view{start, text.size()} == text;
}

}  // namespace bulkhead::elf
