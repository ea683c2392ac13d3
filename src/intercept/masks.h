// Where system calls take signal masks. SIGSYS must not be in any: a thread that has it blocked is
// killed by its next intercepted call (force_sig: a blocked signal that cannot wait ends the
// process).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bulkhead::intercept {

constexpr std::uint64_t kSigsysBit = std::uint64_t{1} << (31 - 1);

struct MaskPlace {
  enum Kind : std::uint8_t {
    plain,   // the argument points to the mask
    pair,    // to {pointer to the mask, its size}
    within,  // to a structure that has the mask at `at`
    timed,   // to io_uring's {pointer to the mask, size and padding, pointer to a time}
  };
  Kind kind;
  std::uint8_t argument;
  std::uint8_t at;    // bytes
  std::uint8_t size;  // of the structure, bytes
};

// Where this call has a mask that it sets, for good or while it waits; nothing if it has none.
// Pure.
std::optional<MaskPlace> mask_place(std::int64_t number, const std::uint64_t* arguments);

// Copies what the argument points to, to `copy`, without SIGSYS, if it is there. The copy will lie
// at `copy_address`, which the argument must then be set to: true. False: nothing has to be
// changed, or the kernel will find the same fault with the address as we did. `copy` has
// kMaskCopyWords words.
constexpr std::size_t kMaskCopyWords = 8;
bool without_sigsys(const MaskPlace& place, std::uint64_t argument, std::uint64_t* copy,
                    std::uint64_t copy_address);

}  // namespace bulkhead::intercept
