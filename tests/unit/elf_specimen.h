// A small shared object as one structure, for tests that change one field of it.
//
// Everything lies in one segment at vaddr 0, so that a member's vaddr and file offset are
// its offset in the structure. It defines
//
//     alpha@@SPEC_2  alpha@SPEC_1  beta@@SPEC_1  gamma (unversioned)  delta (TLS, @@SPEC_2)
//
// and needs imported@DEP_1 of libdep.so.1; its SONAME is libspec.so.1.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "elf/hash.h"
#include "elf/object.h"

namespace bulkhead::elf {

struct Specimen {
  static constexpr std::size_t kSymbols = 7;      // with the null symbol and one import
  static constexpr std::size_t kFirstHashed = 2;  // the null symbol and the import are not
  static constexpr std::size_t kHashed = kSymbols - kFirstHashed;

  Ehdr header = {};
  Phdr load = {};
  Phdr dynamic_header = {};
  Phdr spare = {};  // PT_NULL
  Dyn dynamic[32] = {};
  Sym symbols[kSymbols] = {};
  struct {
    std::uint32_t bucket_count, symbol_offset, bloom_size, bloom_shift;
    Addr bloom[2];
    std::uint32_t buckets[2];
    std::uint32_t chains[kHashed];
    std::uint32_t end;  // odd, so that a chain without an end finds one only past the table
  } gnu = {};
  struct {
    std::uint32_t bucket_count, chain_count;
    std::uint32_t buckets[3];
    std::uint32_t chains[kSymbols];
  } sysv = {};
  Versym versym[kSymbols] = {};
  struct {
    Verdef record;
    Verdaux name;
  } definitions[3] = {};
  struct {
    Verneed record;
    Vernaux versions[2];
  } need = {};
  Rela rela[2] = {};
  Rela jmprel[1] = {};
  Relr relr[2] = {};
  Addr words[4] = {};  // what the relocations relocate
  char strings[256] = {};

  Specimen();

  template <class Member>
  Addr vaddr(const Member& member) const {
    return static_cast<Addr>(reinterpret_cast<const char*>(&member) -
                             reinterpret_cast<const char*>(this));
  }
  // The value of the dynamic entry `tag`, which is there.
  Addr& tag(Addr wanted);
  // Makes it an entry that nobody reads.
  void remove(Addr wanted);
  void add(Addr tag, Addr value);

  std::span<const std::byte> bytes() const {
    return {reinterpret_cast<const std::byte*>(this), sizeof *this};
  }
  Result<Image> image() const { return Image::of_file(bytes()); }
  Result<Object> read(Arena& arena) const {
    Result<Image> file = image();
    if (!file) return std::unexpected(file.error());
    return Object::read(arena, *file);
  }
  // Which of the symbols that is; 0 if there is none.
  std::size_t index_of(std::string_view name, Half version) const;
  // The offset of `text` in `strings`, appended if needed.
  Word string(std::string_view text);

 private:
  std::size_t strings_used_ = 1;
};

// The text of an error, or "no error": what tests of damage compare.
template <class T>
std::string what_of(const Result<T>& result) {
  return result ? "no error" : std::string(result.error().what);
}

}  // namespace bulkhead::elf
