// Memory that is nobody's though it is mapped: what lies behind a block of an arena, or behind a
// file's end in its last page. In tests with AddressSanitizer a read of it ends the process;
// elsewhere these do nothing.
#pragma once

#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

#include "base/page_size.h"
#endif

namespace bulkhead {

#ifdef __SANITIZE_ADDRESS__
// How much an arena leaves behind each block.
inline constexpr std::size_t kNobodys = 32;
inline void make_nobodys(const void* from, std::size_t size) {
  ASAN_POISON_MEMORY_REGION(from, size);
}
// Before it is used, or unmapped.
inline void make_somebodys(const void* from, std::size_t size) {
  ASAN_UNPOISON_MEMORY_REGION(from, size);
}
// What follows a mapped file of that size in its last page.
inline void make_rest_of_page_nobodys(const std::byte* file, std::size_t size) {
  make_nobodys(file + size, -size % page_size());
}
inline void make_rest_of_page_somebodys(const std::byte* file, std::size_t size) {
  make_somebodys(file + size, -size % page_size());
}
#else
inline constexpr std::size_t kNobodys = 0;
inline void make_nobodys(const void*, std::size_t) {}
inline void make_somebodys(const void*, std::size_t) {}
inline void make_rest_of_page_nobodys(const std::byte*, std::size_t) {}
inline void make_rest_of_page_somebodys(const std::byte*, std::size_t) {}
#endif

}  // namespace bulkhead
