// The size of a page on this system. The largest one that images must reckon with is the
// processor's (arch::Native::kMaxPageSize); kernels of one processor differ.
#pragma once

#include <sys/auxv.h>

#include <cstddef>
#include <cstdint>

namespace bulkhead {

// A power of two. What the kernel told the process at its start; no system call.
inline std::size_t page_size() { return ::getauxval(AT_PAGESZ); }

// The start of the page that an address is in.
inline std::uintptr_t page_start(std::uintptr_t address) { return address & ~(page_size() - 1); }

// The first start of a page from an address on.
inline std::uintptr_t page_end(std::uintptr_t address) {
  return page_start(address + page_size() - 1);
}

}  // namespace bulkhead
