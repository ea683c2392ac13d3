// Bounded views of ELF images, on disk and in memory.
//
// An Image knows where the bytes of each PT_LOAD segment are and gives them out by
// virtual address ("vaddr": the address in the file's own numbering, before the load
// bias). It is the one place where bytes of an image become structures: every access
// is checked against the segment that holds it, so a damaged or hostile file yields an
// error or an empty view, never a read out of bounds.
//
// The same code reads a mapped file, a library in memory and a fuzzer's bytes. Images
// are of the native class, machine and byte order; anything else is reported as
// such, because ld.so skips those files while it refuses malformed ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "elf/types.h"

namespace bulkhead::elf {

// More program headers than any linker writes (typically 9 to 14).
inline constexpr std::size_t kMaxProgramHeaders = 128;
inline constexpr std::size_t kMaxSegments = 32;

// Why a file is not a candidate at all; ld.so goes on searching after these.
inline constexpr std::string_view kOtherClass = "is of another ELF class (32-bit or 64-bit)";
inline constexpr std::string_view kOtherMachine = "is for another machine";

class Image {
 public:
  // A whole file in memory, aligned as an ELF header is. The bytes must outlive the Image.
  static Result<Image> of_file(std::span<const std::byte> bytes);

  // A library that ld.so has mapped: `bias` is link_map::l_addr. Sizes are those in
  // memory (p_memsz). The headers are trusted to the extent ld.so trusted them.
  static Result<Image> of_memory(Addr bias, std::span<const Phdr> program_headers);

  // The same, with the program headers read from the ELF header, which the first segment
  // starts with: `header` is its address (Dl_info::dli_fbase). It equals the bias unless
  // the object was linked, or prelinked, for another address than 0.
  static Result<Image> of_mapped_object(Addr bias, Addr header);
  static Result<Image> of_mapped_object(Addr bias) { return of_mapped_object(bias, bias); }

  std::span<const Phdr> program_headers() const { return headers_; }
  const Phdr* find_header(Word type) const;
  Half type() const { return type_; }  // ET_DYN, ET_EXEC; ET_NONE if unknown
  Addr bias() const { return bias_; }  // 0 for files
  bool in_memory() const { return in_memory_; }

  // Exactly `size` bytes at `vaddr`, or nothing if they are not all inside one segment.
  std::span<const std::byte> bytes(Addr vaddr, std::size_t size) const;

  // From `vaddr` to the end of its segment.
  std::span<const std::byte> bytes_from(Addr vaddr) const;

  // `count` objects at `vaddr`; empty if out of bounds or misaligned.
  template <class T>
  std::span<const T> array(Addr vaddr, std::size_t count) const {
    std::size_t size = 0;
    if (__builtin_mul_overflow(count, sizeof(T), &size)) return {};
    std::span<const std::byte> raw = bytes(vaddr, size);
    if (raw.size() != size || reinterpret_cast<std::uintptr_t>(raw.data()) % alignof(T) != 0)
      return {};
    return {reinterpret_cast<const T*>(raw.data()), count};
  }

  template <class T>
  const T* object(Addr vaddr) const {
    std::span<const T> one = array<T>(vaddr, 1);
    return one.empty() ? nullptr : one.data();
  }

  // Pointers in a loaded object's dynamic section are absolute where ld.so relocates
  // it in place (x86, aarch64) and vaddrs where it does not (the vDSO): both become
  // vaddrs. In files they are vaddrs already.
  Addr to_vaddr(Addr pointer) const;

  // One past the highest address of any segment, as a vaddr.
  Addr end() const { return end_; }

 private:
  struct Segment {
    Addr vaddr;
    Addr size;
    const std::byte* data;
  };

  Status add_segments(std::span<const std::byte> file);

  std::span<const Phdr> headers_;
  Segment segments_[kMaxSegments];
  std::size_t segment_count_ = 0;
  Addr bias_ = 0;
  Addr end_ = 0;
  Half type_ = ET_NONE;
  bool in_memory_ = false;
};

}  // namespace bulkhead::elf
