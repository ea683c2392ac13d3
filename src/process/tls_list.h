// ld.so's list of the modules that have thread-local variables.
//
// It grows by a piece when a module is listed whose number is the first of one; ld.so ends the
// process if that is any other ("idx == 0", _dl_add_to_slotinfo). What a dlopen brings is numbered
// when it is mapped and listed after it is relocated: so a library that is opened in between may
// come before the one that had to be first.
#pragma once

#include <link.h>

#include <cstddef>

namespace bulkhead::process {

// Numbers below it are in the first piece, which is there from the start: 62 more than what the
// program began with (glibc's TLS_SLOTINFO_SURPLUS), and libc.so.6 has some.
inline constexpr std::size_t kTlsListBegins = 64;

// How many objects ld.so has ever loaded, in all namespaces.
unsigned long long objects_ever_loaded();

// The highest number of a module among the objects of the namespace that `first` is the first of.
std::size_t highest_tls_module(const link_map* first);

}  // namespace bulkhead::process
