// inet_ntop and inet_pton as _FORTIFY_SOURCE calls them (glibc 2.42): the last argument is what
// the compiler knows of the destination's size.
#include <arpa/inet.h>
#include <stddef.h>

#include "provide.h"

extern "C" [[noreturn]] void __chk_fail();

PROVIDE(const char*, __inet_ntop_chk, int family, const void* address, char* to, socklen_t size,
        size_t room) {
  if (size > room) __chk_fail();
  return inet_ntop(family, address, to, size);
}

PROVIDE(int, __inet_pton_chk, int family, const char* text, void* to, size_t room) {
  const size_t needed = family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
  if (needed > room) __chk_fail();
  return inet_pton(family, text, to);
}
