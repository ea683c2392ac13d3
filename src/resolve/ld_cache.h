// ld.so.cache: from a library's name to its path.
//
// Two formats. The old one ("ld.so-1.7.0") may hold the new one ("glibc-ld.so.cache1.1")
// in its string table; ldconfig has written the new one alone since glibc 2.32. Both are
// tables sorted by name, descending, digits compared as numbers. Since 2.33 a name's
// entries for glibc-hwcaps subdirectories stand before its plain one; they refer to a list
// of subdirectory names in an extension section. Sources: ldconfig's output,
// glibc's sysdeps/generic/dl-cache.h for the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "resolve/hwcaps.h"

namespace bulkhead::resolve {

class LdCache {
 public:
  LdCache() = default;

  // Errors: not such a file, another byte order, cut off. What is wrong with single
  // entries shows when they are used, as nothing found.
  static Result<LdCache> parse(std::span<const std::byte> bytes);

  // The path for `name`, for this machine's ABI and CPU; empty if there is none. A view
  // into the bytes.
  std::string_view find(std::string_view name, Hwcaps& hwcaps) const;

  std::size_t size() const { return count_; }

 private:
  struct Entry {
    std::uint32_t flags;
    std::string_view key;
    std::string_view value;
    std::uint64_t hwcap;
  };
  Entry entry(std::size_t index) const;
  std::string_view key(std::size_t index) const;
  std::string_view string(std::uint32_t offset) const;
  // The rank of a glibc-hwcaps entry on this CPU (0 is best), or -1.
  int rank(std::uint64_t hwcap, Hwcaps& hwcaps) const;

  std::span<const std::byte> entries_;
  std::span<const std::byte> strings_;         // what string offsets are relative to
  std::span<const std::byte> subdirectories_;  // offsets of their names, 32 bits each
  std::size_t entry_size_ = 0;
  std::size_t count_ = 0;
};

// The order of the cache: digits as numbers. Negative, zero, positive as strcmp.
int compare_library_names(std::string_view a, std::string_view b);

}  // namespace bulkhead::resolve
