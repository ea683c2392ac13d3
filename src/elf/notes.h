// Notes of an image (PT_NOTE).
#pragma once

#include <cstddef>
#include <span>

#include "elf/image.h"

namespace bulkhead::elf {

// NT_GNU_BUILD_ID: what the linker computed from the contents, so that files with the same are the
// same build. Empty if there is none, or the notes are damaged.
std::span<const std::byte> build_id(const Image& image);

}  // namespace bulkhead::elf
