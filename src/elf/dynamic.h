// The dynamic section: what a library needs, is called, and where its tables are.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "elf/image.h"

namespace bulkhead::elf {

// "-z unique" of the RTLD_SHARED proposal: an object that must exist once in a
// process. Values: binutils, include/elf/common.h.
inline constexpr Addr kDtGnuFlags1 = 0x6ffffdf4;
inline constexpr Addr kDfGnu1Unique = 0x1;

// Strings behind each other, each with a zero byte at its end: DT_STRTAB.
class Strings {
 public:
  Strings() = default;
  explicit Strings(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes() const { return bytes_; }

  // The string at `offset`; empty if out of bounds or unterminated.
  std::string_view string(Addr offset) const;
  // Whether it is `text`. Looks no further than that to find its end.
  bool is_string(Addr offset, std::string_view text) const;
  // What it begins with: `size` bytes, or fewer at the table's end, which may go on to strings
  // behind it.
  std::string_view start_at(Addr offset, std::size_t size) const {
    if (offset >= bytes_.size()) return {};
    const char* start = reinterpret_cast<const char*>(bytes_.data()) + offset;
    return {start, size < bytes_.size() - offset ? size : bytes_.size() - offset};
  }

 private:
  std::span<const std::byte> bytes_;
};

// A table somewhere in the image; `size` in bytes.
struct Range {
  Addr address = 0;
  Addr size = 0;
};

// The entries of PT_DYNAMIC before DT_NULL. Errors: no dynamic section (a static program or an
// object without dynamic linking), out of bounds, not terminated.
Result<std::span<const Dyn>> dynamic_entries(const Image& image);
// The same of an object in memory, of that load bias, and nothing for an error: for many objects of
// which nothing else is asked.
std::span<const Dyn> entries_in_memory(Addr bias, std::span<const Phdr> headers);

class Dynamic {
 public:
  // Reads PT_DYNAMIC of `image`. Errors: those of dynamic_entries, no string table, a misaligned
  // table, records of another size than this class has.
  static Result<Dynamic> read(const Image& image);

  // All entries before DT_NULL.
  std::span<const Dyn> entries() const { return entries_; }

  const Strings& strings() const { return strings_; }
  std::string_view string(Addr offset) const { return strings_.string(offset); }

  std::string_view soname() const { return soname_ ? string(*soname_) : std::string_view{}; }
  std::string_view rpath() const { return rpath_ ? string(*rpath_) : std::string_view{}; }
  std::string_view runpath() const { return runpath_ ? string(*runpath_) : std::string_view{}; }
  bool has_runpath() const { return runpath_.has_value(); }

  // Calls `visit(std::string_view name)` for each DT_NEEDED in order.
  template <class Visit>
  void for_each_needed(Visit visit) const {
    for (const Dyn& entry : entries_) {
      if (entry.d_tag == DT_NEEDED) visit(string(entry.d_un.d_val));
    }
  }

  // vaddrs; 0 where the tag is absent (no table lies at vaddr 0, the ELF header does)
  Addr symtab = 0;
  Addr hash = 0;
  Addr gnu_hash = 0;
  Addr versym = 0;
  Addr verdef = 0;
  Addr verdef_count = 0;
  Addr verneed = 0;
  Addr verneed_count = 0;
  Range rela, rel, relr, jmprel;
  bool jmprel_is_rela = kHasAddends;
  Addr flags = 0;        // DT_FLAGS, with DT_SYMBOLIC, DT_TEXTREL, DT_BIND_NOW folded in
  Addr flags_1 = 0;      // DT_FLAGS_1
  Addr gnu_flags_1 = 0;  // DT_GNU_FLAGS_1

  bool is_unique() const { return (gnu_flags_1 & kDfGnu1Unique) != 0; }

 private:
  // What is not to be kept goes to `strtab`.
  // Once for each entry of each library at every start: a call would cost more than what it does.
  [[gnu::always_inline]] inline void take(const Image& image, const Dyn& entry, Range& strtab);
  // Tables are read in place, so that each must lie as its records must.
  Status check_alignment() const;

  std::span<const Dyn> entries_;
  Strings strings_;
  std::optional<Addr> soname_, rpath_, runpath_;
};

}  // namespace bulkhead::elf
