// What of glibc is the same on every machine that is supported: names of its libraries that code
// asks for, and its limits. (The dynamic linker's name differs: arch/machine.h.)
#pragma once

#include <cstddef>
#include <string_view>

#include "arch/entries.h"

namespace bulkhead::elf {

inline constexpr std::string_view kLibc = "libc.so.6";
// GCC's, not glibc's; but glibc itself opens it, for cancelled threads.
inline constexpr std::string_view kLibgcc = "libgcc_s.so.1";

// DL_NNS: how many namespaces ld.so has room for. The program's own is one of them.
inline constexpr std::size_t kMaxCapsules = arch::kCapsules;  // assembly has one entry for each
inline constexpr std::size_t kMaxNamespaces = kMaxCapsules + 1;

// Whether a symbol is one that linkers put at the ends of every object's own sections. Many objects
// export these, and no importer means another object's.
constexpr bool is_linker_mark(std::string_view name) {
  return name == "_end" || name == "_edata" || name == "__bss_start" || name == "__bss_start__" ||
         name == "_init" || name == "_fini";
}

}  // namespace bulkhead::elf
