// What differs between CPUs in the C library's own binary interface, for compat alone.
// (Versions differ too: generate.py raises any version below an architecture's first one.)
#pragma once

namespace compat {

#if defined(__x86_64__)
// The first argument of __xstat and __xmknod, from <bits/stat.h> of glibc 2.31.
inline constexpr int stat_version = 1;
inline constexpr int mknod_version = 0;
#elif defined(__aarch64__)
inline constexpr int stat_version = 0;
inline constexpr int mknod_version = 0;
#else
#error "compat: add this CPU's _STAT_VER and _MKNOD_VER of glibc 2.31 here"
#endif

}  // namespace compat
