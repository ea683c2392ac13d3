// All relocation encodings of an object: RELA, REL, RELR and the PLT's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "elf/dynamic.h"
#include "elf/image.h"

namespace bulkhead::elf {

struct Relocation {
  Addr offset;          // vaddr of the word to be relocated; may be out of bounds
  std::uint32_t type;   // R_<machine>_*
  SymbolNumber symbol;  // as it stands there: no index
  Addr addend;          // 0 for REL, whose addend lies in the word itself
};

namespace detail {

template <class R, class Visit>
Status for_each_record(const Image& image, Range range, Visit visit) {
  if (range.size == 0) return {};
  std::size_t count = range.size / sizeof(R);
  std::span<const R> records = image.array<R>(range.address, count);
  if (range.address == 0 || records.size() != count) {
    return fail(Fault::malformed, "has its relocations out of bounds");
  }
  for (const R& record : records) {
    Addr addend = 0;
    if constexpr (std::is_same_v<R, Rela>) addend = static_cast<Addr>(record.r_addend);
    visit(Relocation{record.r_offset, relocation_type(record.r_info),
                     SymbolNumber{relocation_symbol(record.r_info)}, addend});
  }
  return {};
}

// A count that is too high means all of them, as in ld.so (elf/dynamic-link.h).
template <class R>
void leave_out(Range& range, Addr wanted) {
  const Addr count = std::min<Addr>(wanted, range.size / sizeof(R));
  range.address += count * sizeof(R);
  range.size -= count * sizeof(R);
}

}  // namespace detail

// Calls `visit(const Relocation&)` for the records of the PLT.
template <class Visit>
Status for_each_relocation_of_plt(const Image& image, const Dynamic& dynamic, Visit visit) {
  return dynamic.jmprel_is_rela ? detail::for_each_record<Rela>(image, dynamic.jmprel, visit)
                                : detail::for_each_record<Rel>(image, dynamic.jmprel, visit);
}

// Calls `visit(const Relocation&)` for every REL and RELA record, those of the PLT last.
// Some linkers count the PLT's records inside DT_RELASZ too: then they come twice.
template <class Visit>
Status for_each_relocation(const Image& image, const Dynamic& dynamic, Visit visit) {
  if (Status s = detail::for_each_record<Rela>(image, dynamic.rela, visit); !s) return s;
  if (Status s = detail::for_each_record<Rel>(image, dynamic.rel, visit); !s) return s;
  return for_each_relocation_of_plt(image, dynamic, visit);
}

// The record of the PLT's with that number.
inline std::optional<Relocation> relocation_of_plt(const Image& image, const Dynamic& dynamic,
                                                   std::size_t number) {
  std::optional<Relocation> found;
  auto take = [&](const Relocation& relocation) { found = relocation; };
  Dynamic one = dynamic;
  const std::size_t size = dynamic.jmprel_is_rela ? sizeof(Rela) : sizeof(Rel);
  if (number >= dynamic.jmprel.size / size) return found;
  one.jmprel = {dynamic.jmprel.address + number * size, size};
  // What is out of bounds is not there.
  static_cast<void>(for_each_relocation_of_plt(image, one, take));
  return found;
}

// The same without the records at the start of DT_RELA that DT_RELACOUNT says are of words
// which only the load bias is added to, usually most of all: ld.so goes by that number too.
// Likewise those of DT_REL, by DT_RELCOUNT.
template <class Visit>
Status for_each_symbolic_relocation(const Image& image, const Dynamic& dynamic, Visit visit) {
  Dynamic rest = dynamic;
  for (const Dyn& entry : dynamic.entries()) {
    if (entry.d_tag == DT_RELACOUNT) detail::leave_out<Rela>(rest.rela, entry.d_un.d_val);
    if (entry.d_tag == DT_RELCOUNT) detail::leave_out<Rel>(rest.rel, entry.d_un.d_val);
  }
  return for_each_relocation(image, rest, visit);
}

// Calls `visit(vaddr)` for each word that DT_RELR relocates by the load bias. Encoding:
// an even entry is an address, an odd one a bitmap of the words that follow the last
// address (the generic ABI's proposal of 2017; glibc 2.36). The words may be out of bounds.
template <class Visit>
Status for_each_relative(const Image& image, const Dynamic& dynamic, Visit visit) {
  if (dynamic.relr.size == 0) return {};
  std::size_t count = dynamic.relr.size / sizeof(Relr);
  std::span<const Relr> entries = image.array<Relr>(dynamic.relr.address, count);
  if (dynamic.relr.address == 0 || entries.size() != count) {
    return fail(Fault::malformed, "has its relative relocations out of bounds");
  }
  if (count != 0 && (entries[0] & 1U) != 0) {
    return fail(Fault::malformed, "has relative relocations that start with a bitmap");
  }
  Addr where = 0;
  for (Relr entry : entries) {
    if ((entry & 1U) == 0) {
      visit(entry);
      where = entry + sizeof(Addr);
      continue;
    }
    Addr word = where;
    for (Relr bits = entry >> 1U; bits != 0; bits >>= 1U, word += sizeof(Addr)) {
      if ((bits & 1U) != 0) visit(word);
    }
    where += (8 * sizeof(Addr) - 1) * sizeof(Addr);
  }
  return {};
}

// Whether DT_RELR relocates initial values of thread-local variables in static TLS, which ld.so
// copies for the threads there are as soon as it has relocated the object.
inline bool packs_static_tls(const Image& image, const Dynamic& dynamic) {
  const Phdr* tls = image.find_header(PT_TLS);
  if (dynamic.relr.size == 0 || tls == nullptr || (dynamic.flags & DF_STATIC_TLS) == 0)
    return false;
  bool found = false;
  Status visited = for_each_relative(
      image, dynamic, [&](Addr vaddr) { found = found || vaddr - tls->p_vaddr < tls->p_filesz; });
  static_cast<void>(visited);  // whoever applies them says what is wrong with them
  return found;
}

}  // namespace bulkhead::elf
