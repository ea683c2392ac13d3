// What happens when a library calls an alias whose target the program does not have.
//
// Only possible before glibc 2.34 and only when libpthread, libdl, librt, libresolv, libutil or
// libanl is not among the program's libraries. There is no error to return that every signature
// shares, and going on would be a jump to zero: say which symbol of which library, then abort.
#include <stddef.h>

extern "C" {
long write(int, const void*, size_t);
[[noreturn]] void abort();
size_t strlen(const char*);

[[noreturn, gnu::visibility("hidden")]] void compat_base_lacks(const char* what) {
  const char* const pieces[] = {"bulkhead: a library of the capsule called ", what,
                                ", which this program has not loaded. Preload that library.\n"};
  for (const char* piece : pieces) (void)!write(2, piece, strlen(piece));
  abort();
}
}
