// The two macros that every file in here is written with.
//
//   PROVIDE(size_t, strlcpy, char *to, const char *from, size_t size) { ... }
//
// defines the symbol `strlcpy`; its version comes from symbols.tsv by way of the version script.
// In C++ the function is called provided_strlcpy, so it neither clashes with a declaration of
// this machine's headers nor is it mistaken for a builtin.
//
//   FROM_BASE(double, hypot, (double, double));
//
// declares base_hypot, bound to the version of `hypot` that glibc 2.31 had, never to the newer
// `hypot` defined in here. The versions, per architecture, are generated into base_versions.h.
#pragma once

#include "base_versions.h"

#define PROVIDE(result, name, ...)                                                              \
  extern "C" [[gnu::visibility("default")]] result provided_##name(__VA_ARGS__) __asm__(#name); \
  extern "C" result provided_##name(__VA_ARGS__)

#define FROM_BASE(result, name, parameters) \
  extern "C" result base_##name parameters; \
  __asm__(".symver base_" #name "," BASE_VERSION_OF_##name)

// Defined by libpthread, libdl, librt … before glibc 2.34: null unless the program has them.
#define FROM_BASE_IF_THERE(result, name, parameters)      \
  extern "C" [[gnu::weak]] result base_##name parameters; \
  __asm__(".symver base_" #name "," BASE_VERSION_OF_##name)
