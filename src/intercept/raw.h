// System calls that are never intercepted, and the program's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "arch/intercept.h"

namespace bulkhead::intercept {

template <class T>
std::uint64_t word_of(T value) {
  if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uintptr_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

// The kernel's result, -errno for a failure; errno is not touched.
template <class... Args>
std::int64_t raw(std::int64_t number, Args... args) {
  const std::uint64_t words[6] = {word_of(args)...};
  return arch::bulkhead_intercept_call(number, words);
}

// Copies from or to an address that the program gave to the kernel; false where the kernel would
// have said EFAULT. A system call each. Where a filter of the program's forbids that one, memory is
// accessed directly, and a wrong address ends the process.
bool read_program(void* to, std::uint64_t address, std::size_t size);
bool write_program(std::uint64_t address, const void* from, std::size_t size);

}  // namespace bulkhead::intercept
