#!/bin/bash
# What libc loads for its callers (gconv and NSS modules) is loaded and works for a library in a capsule.
. "${0%/*}/lib.sh"

library libinside.so.1 <<'END'
#include <iconv.h>
#include <netdb.h>
#include <pwd.h>
#include <stddef.h>
int converts(void) {
  iconv_t state = iconv_open("UTF-16LE", "ISO-8859-15");
  char text[] = "ab", result[9], *from = text, *to = result;
  size_t left = 2, room = 9;
  if (state == (iconv_t)-1) return -1;
  iconv(state, &from, &left, &to, &room);
  return result[0] * 100 + result[2];
}
int knows_root(void) { return getpwuid(0) != NULL; }
int finds_address(void) { struct addrinfo *found; return getaddrinfo("127.0.0.1", NULL, NULL, &found); }
END
cat >main.c <<'END'
#include "claims.h"
int converts(void), knows_root(void), finds_address(void);
int main(void) {
  CLAIM("iconv, two characters", "%d", converts());
  HOLDS("getpwuid", knows_root());
  CLAIM("getaddrinfo", "%d", finds_address());
}
END
for options in "-fPIC -Wl,-z,now" "-no-pie -fno-pic"; do
    # shellcheck disable=SC2086 # several options
    program main $options "$libs/libinside.so.1" <main.c
    claims_natively_and_in libinside.so.1 -- ./main <<'END'
iconv, two characters => 9798
getpwuid              => yes
getaddrinfo           => 0
END
done
