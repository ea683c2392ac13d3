#include "elf/image.h"

#include <cstring>

#include "arch/machine.h"
#include "base/try.h"

namespace bulkhead::elf {
namespace {

Status check_identity(const Ehdr& header) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return fail(Fault::malformed, "is not an ELF file");
  }
  if (header.e_ident[EI_CLASS] != kClass) return fail(Fault::unsupported, kOtherClass);
  if (header.e_ident[EI_DATA] != kByteOrder || header.e_machine != arch::Native::kMachine) {
    return fail(Fault::unsupported, kOtherMachine);
  }
  if (header.e_version != EV_CURRENT) {
    return fail(Fault::malformed, "has an unknown ELF version");
  }
  if (header.e_phentsize != sizeof(Phdr)) {
    return fail(Fault::malformed, "has program headers of a wrong size");
  }
  if (header.e_phnum > kMaxProgramHeaders) {
    return fail(Fault::limit, "has an absurd number of program headers");
  }
  return {};
}

}  // namespace

Result<Image> Image::of_file(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(Ehdr)) {
    bool elf = bytes.size() >= SELFMAG && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0;
    return fail(Fault::malformed, elf ? "is truncated" : "is not an ELF file");
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(Ehdr) != 0) {
    return fail(Fault::limit, "lies misaligned in memory");
  }
  const auto& header = *reinterpret_cast<const Ehdr*>(bytes.data());
  BH_TRY(check_identity(header));
  if (header.e_type != ET_DYN && header.e_type != ET_EXEC) {
    return fail(Fault::malformed, "is neither a shared object nor a program");
  }
  std::size_t table_size = header.e_phnum * sizeof(Phdr);
  if (header.e_phoff > bytes.size() || table_size > bytes.size() - header.e_phoff) {
    return fail(Fault::malformed, "is truncated: its program headers lie past the end");
  }
  if (header.e_phoff % alignof(Phdr) != 0) {
    return fail(Fault::malformed, "has misaligned program headers");
  }
  Image image;
  image.type_ = header.e_type;
  image.headers_ = {reinterpret_cast<const Phdr*>(bytes.data() + header.e_phoff), header.e_phnum};
  BH_TRY(image.add_segments(bytes));
  return image;
}

Result<Image> Image::of_memory(Addr bias, std::span<const Phdr> program_headers) {
  Image image;
  image.headers_ = program_headers;
  image.bias_ = bias;
  image.in_memory_ = true;
  BH_TRY(image.add_segments({}));
  return image;
}

Result<Image> Image::of_mapped_object(Addr bias, Addr header_address) {
  const auto& header = *reinterpret_cast<const Ehdr*>(header_address);
  BH_TRY(check_identity(header));
  return of_memory(
      bias, {reinterpret_cast<const Phdr*>(header_address + header.e_phoff), header.e_phnum});
}

Status Image::add_segments(std::span<const std::byte> file) {
  for (const Phdr& header : headers_) {
    if (header.p_type != PT_LOAD) continue;
    Addr end = 0;
    if (__builtin_add_overflow(header.p_vaddr, header.p_memsz, &end) ||
        header.p_filesz > header.p_memsz) {
      return fail(Fault::malformed, "has a segment with absurd sizes");
    }
    if (end > end_) end_ = end;
    // An execute-only segment cannot be read, and holds nothing we read; one that takes
    // nothing of the file may have any offset.
    if (in_memory_ ? (header.p_flags & PF_R) == 0 : header.p_filesz == 0) continue;
    if (segment_count_ == kMaxSegments) return fail(Fault::limit, "has too many segments");
    if (in_memory_) {
      segments_[segment_count_++] = {header.p_vaddr, header.p_memsz,
                                     reinterpret_cast<const std::byte*>(bias_ + header.p_vaddr)};
      continue;
    }
    if (header.p_offset > file.size() || header.p_filesz > file.size() - header.p_offset) {
      return fail(Fault::malformed, "is truncated: a segment lies past the end");
    }
    segments_[segment_count_++] = {header.p_vaddr, header.p_filesz, file.data() + header.p_offset};
  }
  return {};
}

const Phdr* Image::find_header(Word type) const {
  for (const Phdr& header : headers_) {
    if (header.p_type == type) return &header;
  }
  return nullptr;
}

std::span<const std::byte> Image::bytes_from(Addr vaddr) const {
  for (std::size_t i = 0; i < segment_count_; ++i) {
    const Segment& segment = segments_[i];
    if (vaddr >= segment.vaddr && vaddr - segment.vaddr < segment.size) {
      Addr offset = vaddr - segment.vaddr;
      return {segment.data + offset, static_cast<std::size_t>(segment.size - offset)};
    }
  }
  return {};
}

std::span<const std::byte> Image::bytes(Addr vaddr, std::size_t size) const {
  std::span<const std::byte> rest = bytes_from(vaddr);
  if (rest.size() < size) return {};
  return {rest.data(), size};
}

Addr Image::to_vaddr(Addr pointer) const {
  if (!in_memory_ || bias_ == 0) return pointer;
  return pointer >= bias_ && pointer - bias_ < end_ ? pointer - bias_ : pointer;
}

}  // namespace bulkhead::elf
