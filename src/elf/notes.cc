#include "elf/notes.h"

namespace bulkhead::elf {

std::span<const std::byte> build_id(const Image& image) {
  std::span<const std::byte> first;
  for_each_note(image, "GNU", NT_GNU_BUILD_ID, [&](std::span<const std::byte> id) {
    if (first.empty()) first = id;
  });
  return first;
}

}  // namespace bulkhead::elf
