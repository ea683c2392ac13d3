// What happens when a library calls an alias whose target the program does not have.
//
// Only possible before glibc 2.34 and only when libpthread, libdl, librt, libresolv, libutil or
// libanl is not among the program's libraries. There is no error to return that every signature
// shares, and going on would be a jump to zero: say which symbol of which library, then abort.
//
// And the one symbol of which there can be no other form: __libc_start_main (2.34) runs a program's
// initialisers, which the older one leaves to the program. A library that was linked like a program
// asks for it in start code that nobody runs.
#include <stddef.h>

#include "provide.h"

extern "C" {
long write(int, const void*, size_t);
[[noreturn]] void abort();
size_t strlen(const char*);

[[noreturn]] static void end_with(const char* first, const char* what, const char* last) {
  const char* const pieces[] = {first, what, last};
  for (const char* piece : pieces) (void)!write(2, piece, strlen(piece));
  abort();
}

[[noreturn, gnu::visibility("hidden")]] void compat_base_lacks(const char* what) {
  end_with("bulkhead: a library of the capsule called ", what,
           ", which this program has not loaded. Preload that library.\n");
}
}

PROVIDE(int, __libc_start_main, void*, int, char**, void*, void*, void*, void*) {
  end_with("bulkhead: a program was started inside a capsule: ", "__libc_start_main@GLIBC_2.34",
           " is for programs, and a capsule is for libraries.\n");
}
