// Symbol tables with both hash styles.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "elf/dynamic.h"
#include "elf/hash.h"
#include "elf/image.h"

namespace bulkhead::elf {

// More than any library has; the largest have some 100,000.
inline constexpr std::size_t kMaxSymbols = 1U << 20U;

// Whether code or data can refer to a symbol with this st_info, by its type and its binding.
inline constexpr std::array<bool, 256> kCanBeReferredTo = [] {
  constexpr unsigned kTypes = 1U << STT_NOTYPE | 1U << STT_OBJECT | 1U << STT_FUNC |
                              1U << STT_COMMON | 1U << STT_TLS | 1U << STT_GNU_IFUNC;
  constexpr unsigned kBindings = 1U << STB_GLOBAL | 1U << STB_WEAK | 1U << STB_GNU_UNIQUE;
  std::array<bool, 256> table = {};
  for (unsigned info = 0; info < table.size(); ++info) {
    table[info] = ((kTypes >> (info & 0xfU)) & (kBindings >> (info >> 4U)) & 1U) != 0;
  }
  return table;
}();

// A definition that ld.so would bind another object's reference to (do_lookup_x in
// glibc's elf/dl-lookup.c): defined, of a kind that code or data can refer to, global, and
// not hidden by its visibility.
inline bool is_exported(const Sym& symbol) {
  if (symbol.st_shndx == SHN_UNDEF || !kCanBeReferredTo[symbol.st_info]) return false;
  unsigned visibility = symbol_visibility(symbol);
  if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) return false;
  return symbol.st_value != 0 || symbol.st_shndx == SHN_ABS || symbol_type(symbol) == STT_TLS;
}

// A function that a program linked to fixed addresses imports, and whose address it says is that of
// its own PLT entry: ld.so binds to that what is no call.
inline bool is_plt_address(const Sym& symbol) {
  return symbol.st_shndx == SHN_UNDEF && symbol.st_value != 0 && symbol_type(symbol) == STT_FUNC;
}

// DT_GNU_HASH, taken apart and bounds-checked. In the file it is
//
//     4 words of 32 bits   how many buckets; the index of the first hashed symbol; how many words
//                          the bloom filter has; its second shift
//     bloom filter         words of an address's size
//     buckets              32 bits each
//     chains               32 bits for each hashed symbol
//
// Symbols are sorted by bucket, which is the hash modulo the number of buckets, so that those of a
// bucket stand in a row: a bucket holds the index of its first one (0: it has none). A symbol's
// link in the chains is its hash, but for the lowest bit, which says that it is the last of its
// bucket. The first symbols of the table, undefined ones and local ones, are not hashed, and have
// no link.
//
// Most lookups are of names that are not there, and end at the bloom filter. Each name sets two
// bits of one word: word hash / bits, modulo their number; bits hash and hash >> second shift,
// modulo the bits of a word. If one of the two is not set, no symbol has that name.
//
// Source: glibc elf/dl-lookup.c (do_lookup_x); "The GNU hash section format" is in no standard.
struct GnuHash {
  std::uint32_t symbol_offset = 0;  // index of the first hashed symbol
  std::uint32_t bloom_shift = 0;
  std::span<const Addr> bloom;  // a power of two words
  std::span<const std::uint32_t> buckets;
  std::span<const std::uint32_t> chains;  // one for each hashed symbol
  std::span<const std::byte> raw;         // the whole table

  bool may_contain(std::uint32_t hash) const {
    constexpr unsigned kBits = 8 * sizeof(Addr);
    Addr word = bloom[(hash / kBits) & (bloom.size() - 1)];
    return ((word >> (hash % kBits)) & (word >> ((hash >> bloom_shift) % kBits)) & 1U) != 0;
  }

  // The same for two hashes that differ in the lowest bit alone, which is not in a chain.
  bool may_contain_either(std::uint32_t link) const {
    if (bloom_shift == 0) return true;  // GNU ld's, for no names; then there is a bit for two
    constexpr unsigned kBits = 8 * sizeof(Addr);
    Addr word = bloom[(link / kBits) & (bloom.size() - 1)];
    bool first = ((word >> (link % kBits & ~1U)) & 3U) != 0;
    return first && ((word >> ((link >> bloom_shift) % kBits)) & 1U) != 0;
  }
};

// Whether an object may export a name, of whichever version: its hash table's filter does not say
// no. Reads nothing else, for many objects that mostly do not.
bool may_export(const Image& image, const Dynamic& dynamic, const SymbolName& name);

// The place of a symbol in a table, which has it: only a SymbolTable makes one, of a number that it
// has compared with its size. So that nothing goes from a file's number to memory unseen, neither
// an integer nor a SymbolNumber is one. It reads as an integer. It is for the table that made it,
// and for what goes along with that (Versions, an array of the table's size).
class SymbolIndex {
 public:
  constexpr operator std::size_t() const { return at_; }  // NOLINT: it is a number, to read

 private:
  friend class SymbolTable;
  friend class SymbolIndices;
  constexpr explicit SymbolIndex(std::size_t at) : at_(at) {}

  std::size_t at_;
};

// What SymbolTable::indices gives, for a loop over it.
class SymbolIndices {
 public:
  class Iterator {
   public:
    constexpr explicit Iterator(SymbolIndex at) : at_(at) {}
    constexpr SymbolIndex operator*() const { return at_; }
    constexpr Iterator& operator++() { return ++at_.at_, *this; }
    constexpr bool operator!=(const Iterator& other) const { return at_.at_ != other.at_.at_; }

   private:
    SymbolIndex at_;
  };

  constexpr SymbolIndices(SymbolIndex first, SymbolIndex end) : begin_(first), end_(end) {}
  constexpr Iterator begin() const { return begin_; }
  constexpr Iterator end() const { return end_; }

 private:
  Iterator begin_, end_;
};

class SymbolTable {
 public:
  // An object without symbols gives an empty table. Errors: tables out of bounds or
  // contradicting each other. An object that exports nothing has hash tables that do not
  // tell how many symbols it has: then those that its relocations refer to are there.
  static Result<SymbolTable> read(const Image& image, const Dynamic& dynamic);

  std::span<const Sym> symbols() const { return symbols_; }
  std::size_t size() const { return symbols_.size(); }

  // The symbol of that number; nothing if the table has no such symbol.
  std::optional<SymbolIndex> index(std::size_t number) const {
    if (number >= symbols_.size()) return {};
    return SymbolIndex(number);
  }
  // Nor if the number means no symbol.
  std::optional<SymbolIndex> index(SymbolNumber number) const {
    if (number == SymbolNumber::none) return {};
    return index(static_cast<std::size_t>(number));
  }
  // As a relocation names it.
  static SymbolNumber number(SymbolIndex index) {
    return SymbolNumber{static_cast<std::uint32_t>(index)};
  }
  // All symbols from a number on, up to the end or to another number. The first symbol of every
  // table, number 0, is none.
  SymbolIndices indices(std::size_t first = 1, std::size_t end = SIZE_MAX) const {
    end = end < symbols_.size() ? end : symbols_.size();
    return {SymbolIndex(first < end ? first : end), SymbolIndex(end)};
  }

  const Sym& operator[](SymbolIndex index) const { return symbols_[index]; }
  std::string_view name(SymbolIndex index) const {
    return dynamic_.strings().string(symbols_[index].st_name);
  }
  bool is_named(SymbolIndex index, std::string_view name) const {
    return dynamic_.strings().is_string(symbols_[index].st_name, name);
  }
  // What a name begins with: `size` bytes, or fewer at the table's end, which may go on to names
  // behind it. For comparing many names with a few prefixes, which need not be measured for that.
  std::string_view name_start(SymbolIndex index, std::size_t size) const {
    return dynamic_.strings().start_at(symbols_[index].st_name, size);
  }
  const GnuHash* gnu() const { return gnu_.buckets.empty() ? nullptr : &gnu_; }

  // Calls `visit(index)` for each exported symbol called `name`, whatever its version,
  // until it returns true.
  template <class Visit>
  bool for_each_named(const SymbolName& name, Visit visit) const;

  // The same for each that a name's hash leads to, exported or not.
  template <class Visit>
  bool for_each_hashed(const SymbolName& name, Visit visit) const;

 private:
  Dynamic dynamic_;
  std::span<const Sym> symbols_;
  GnuHash gnu_;
  std::span<const std::uint32_t> sysv_buckets_;
  std::span<const std::uint32_t> sysv_chains_;

  template <class Visit>
  bool for_each_by_sysv(const SymbolName& name, Visit visit) const;
};

template <class Visit>
bool SymbolTable::for_each_named(const SymbolName& wanted, Visit visit) const {
  return for_each_hashed(
      wanted, [&](SymbolIndex index) { return is_exported(symbols_[index]) && visit(index); });
}

template <class Visit>
bool SymbolTable::for_each_hashed(const SymbolName& wanted, Visit visit) const {
  if (gnu() == nullptr) return for_each_by_sysv(wanted, visit);
  const std::uint32_t hash = wanted.gnu_hash();
  if (!gnu_.may_contain(hash)) return false;
  std::uint32_t index = gnu_.buckets[hash % gnu_.buckets.size()];
  if (index < gnu_.symbol_offset) return false;
  // The table is as long as the chains are, at least.
  for (; index - gnu_.symbol_offset < gnu_.chains.size(); ++index) {
    std::uint32_t link = gnu_.chains[index - gnu_.symbol_offset];
    if (((link ^ hash) >> 1U) == 0 && is_named(SymbolIndex(index), wanted.text()) &&
        visit(SymbolIndex(index))) {
      return true;
    }
    if ((link & 1U) != 0) break;
  }
  return false;
}

template <class Visit>
bool SymbolTable::for_each_by_sysv(const SymbolName& wanted, Visit visit) const {
  if (sysv_buckets_.empty()) return false;
  std::uint32_t index = sysv_buckets_[wanted.sysv_hash() % sysv_buckets_.size()];
  // A chain visits each symbol once at most; a damaged one may be a circle.
  for (std::size_t steps = 0; index != 0 && index < symbols_.size() && steps < symbols_.size();
       ++steps) {
    if (is_named(SymbolIndex(index), wanted.text()) && visit(SymbolIndex(index))) {
      return true;
    }
    index = index < sysv_chains_.size() ? sysv_chains_[index] : 0;
  }
  return false;
}

}  // namespace bulkhead::elf
