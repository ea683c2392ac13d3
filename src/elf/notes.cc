#include "elf/notes.h"

#include <cstring>

namespace bulkhead::elf {
namespace {

// gABI: names and descriptors are padded to the segment's alignment, which is 4 or 8.
Addr padded(Addr size, Addr alignment) { return (size + alignment - 1) & ~(alignment - 1); }

std::span<const std::byte> build_id_in(const Image& image, const Phdr& segment) {
  constexpr char kOwner[] = "GNU";
  Addr alignment = segment.p_align == 8 ? 8 : 4;
  for (Addr at = 0; at + sizeof(Nhdr) <= segment.p_filesz;) {
    const auto* note = image.object<Nhdr>(segment.p_vaddr + at);
    if (note == nullptr) return {};
    Addr name = at + sizeof *note;
    Addr descriptor = padded(name + note->n_namesz, alignment);
    Addr end = descriptor + note->n_descsz;
    if (end > segment.p_filesz) return {};
    std::span<const std::byte> owner = image.bytes(segment.p_vaddr + name, note->n_namesz);
    if (note->n_type == NT_GNU_BUILD_ID && owner.size() == sizeof kOwner &&
        std::memcmp(owner.data(), kOwner, sizeof kOwner) == 0) {
      return image.bytes(segment.p_vaddr + descriptor, note->n_descsz);
    }
    at = padded(end, alignment);
  }
  return {};
}

}  // namespace

std::span<const std::byte> build_id(const Image& image) {
  for (const Phdr& header : image.program_headers()) {
    if (header.p_type != PT_NOTE) continue;
    std::span<const std::byte> id = build_id_in(image, header);
    if (!id.empty()) return id;
  }
  return {};
}

}  // namespace bulkhead::elf
