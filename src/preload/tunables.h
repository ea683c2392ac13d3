// GLIBC_TUNABLES for programs that open isolated capsules.
//
// Each libc takes some 150 bytes of the static TLS that ld.so sets aside at the program's start:
// without more of it there is room for 11 isolated capsules, and for few other libraries that use
// the initial-exec model. ld.so knows the tunable since glibc 2.33, and passes over it before.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::preload {

// Enough for elf::kMaxCapsules isolated capsules and 1,500 bytes more.
inline constexpr unsigned long kIsolatedStaticTls = 4096;

// The value for GLIBC_TUNABLES: `existing`, which may be empty, with glibc.rtld.optional_static_tls
// of at least `bytes`. A larger one that is there stays. All other tunables are kept as they are,
// in their order.
std::string with_static_tls(std::string_view existing, unsigned long bytes = kIsolatedStaticTls);

}  // namespace bulkhead::preload
