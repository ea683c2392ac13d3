// Notes of an image (PT_NOTE).
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include "elf/image.h"

namespace bulkhead::elf {

// gABI: names and descriptors are padded to the segment's alignment, which is 4 or 8.
inline Addr padded_note(Addr size, Addr alignment) {
  return (size + alignment - 1) & ~(alignment - 1);
}

// Calls `visit(descriptor)` for the descriptor of each note of that owner and type. What comes
// after a damaged note in its segment is left out.
template <std::size_t Size, class Visit>
void for_each_note(const Image& image, const char (&owner)[Size], Word type, Visit visit) {
  for (const Phdr& segment : image.program_headers()) {
    if (segment.p_type != PT_NOTE) continue;
    const Addr alignment = segment.p_align == 8 ? 8 : 4;
    for (Addr at = 0; at + sizeof(Nhdr) <= segment.p_filesz;) {
      const auto* note = image.object<Nhdr>(segment.p_vaddr + at);
      if (note == nullptr) break;
      Addr name = at + sizeof *note;
      Addr descriptor = padded_note(name + note->n_namesz, alignment);
      Addr end = descriptor + note->n_descsz;
      if (end > segment.p_filesz) break;
      std::span<const std::byte> bytes = image.bytes(segment.p_vaddr + name, note->n_namesz);
      if (note->n_type == type && bytes.size() == Size &&
          std::memcmp(bytes.data(), owner, Size) == 0) {
        visit(image.bytes(segment.p_vaddr + descriptor, note->n_descsz));
      }
      at = padded_note(end, alignment);
    }
  }
}

// NT_GNU_BUILD_ID: what the linker computed from the contents, so that files with the same are the
// same build. Empty if there is none, or the notes are damaged.
std::span<const std::byte> build_id(const Image& image);

// What a file says of libraries that it opens by dlopen: JSON, an array of objects whose "soname"
// is an array of names (https://uapi-group.org/specifications/specs/elf_dlopen_metadata). A file
// may have several such notes.
inline constexpr char kDlopenOwner[] = "FDO";
inline constexpr Word kDlopenType = 0x407c0c0a;

}  // namespace bulkhead::elf
