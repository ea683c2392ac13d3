// Lays out small ELF images: segments, a dynamic section, program headers.
//
// Addresses are final when they are given out, so pieces that refer to each other are
// added in order: read-only data, then code, then writable data; what refers forward is
// patched through at(). File offsets equal vaddrs.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "elf/dynamic.h"
#include "elf/image.h"
#include "image/sections.h"

namespace bulkhead::image {

// What headers, the dynamic section and a few strings take, in bytes. (Not much more, so that small
// images that are made one after another lie on the same pages.)
inline constexpr std::size_t kSmallImage = 1536;

class Builder {
 public:
  // `expected_size` (bytes) avoids growing; it is no limit.
  Builder(Arena& arena, std::size_t expected_size);

  // Starts the next PT_LOAD, on a page of its own. The first one, read-only, is started
  // by the constructor and holds the headers. `flags`: PF_*.
  void begin_segment(elf::Word flags);

  // Appends bytes (or zeroes) to the segment and returns their vaddr.
  elf::Addr append(std::span<const std::byte> bytes, std::size_t alignment);
  elf::Addr reserve(std::size_t size, std::size_t alignment);

  // As append, but the bytes stay where they are and are only written with the file: for
  // large tables that another library has in memory anyway.
  elf::Addr refer(std::span<const std::byte> bytes, std::size_t alignment);

  template <class T>
  elf::Addr append_array(std::span<const T> values) {
    return append(std::as_bytes(values), alignof(T));
  }

  // The bytes already laid out at `vaddr`, for patching; valid until the next append.
  std::span<std::byte> at(elf::Addr vaddr, std::size_t size) { return {data_ + vaddr, size}; }
  elf::Addr end() const { return size_; }

  // A dynamic entry, in the order they are to have.
  void dynamic(elf::Addr tag, elf::Addr value);

  // Writes the dynamic section into the current (writable) segment and protects that
  // part after relocation (PT_GNU_RELRO), from `relro_start` on.
  void write_dynamic(elf::Addr relro_start);

  // For an image with nothing to be written to: the dynamic section goes into the current segment,
  // if ld.so leaves it there as it is, else as above. An image of one segment takes one mapping,
  // and ld.so copies no page of it.
  void write_dynamic();

  // A block of thread-local memory of `size` zeroes (PT_TLS). `at`: any place in the image that
  // is aligned as the block is to be.
  void thread_locals(elf::Addr at, std::size_t size, std::size_t alignment);

  // Zeroed memory after the end of the file; last of all.
  elf::Addr reserve_bss(std::size_t size, std::size_t alignment);

  elf::Addr bss_end() const { return bss_end_; }

  // Where the dynamic section is, once it is written.
  elf::Addr dynamic_at() const { return dynamic_at_; }
  std::size_t dynamic_size() const { return dynamic_.size() * sizeof(elf::Dyn); }

  // Completes headers and gives the file, in as many pieces as refer() made of it. The
  // Builder is spent. `sections`: from the first one on; one with their names comes last.
  Pieces finish(std::span<const Section> sections = {});

 private:
  void ensure(std::size_t size);
  void align(std::size_t alignment);
  void end_segment();
  void append_dynamic();
  void append_sections(std::span<const Section> sections);

  Arena* arena_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  List<elf::Dyn> dynamic_;
  struct Reference {
    elf::Addr at;
    std::span<const std::byte> bytes;
  };
  List<Reference> references_;
  elf::Phdr headers_[9] = {};
  std::size_t header_count_ = 0;
  elf::Phdr segment_ = {};
  elf::Addr bss_end_ = 0;
  elf::Addr dynamic_at_ = 0;
};

// A string table that starts as a copy of another one, so that its offsets stay valid.
class StringTable {
 public:
  // `expected` (bytes) avoids growing; it is no limit.
  StringTable(Arena& arena, std::span<const std::byte> initial, std::size_t expected = 0);
  elf::Addr add(std::string_view text);
  elf::Strings strings() const { return elf::Strings(bytes()); }
  std::span<const std::byte> bytes() const {
    return {reinterpret_cast<const std::byte*>(text_.begin()), text_.size()};
  }

 private:
  List<char> text_;
};

}  // namespace bulkhead::image
