#!/bin/bash
# What does not say that it needs libc.so.6 has the program's, as natively; so has a preloaded tool.
. "$(dirname "$0")/lib.sh"
export HERE=here
library libhome.so.1 -nostdlib <<<'char* getenv(const char*); const char* home(void) { return getenv("HERE"); }'
program prog "$libs/libhome.so.1" <<'END'
#include "claims.h"
const char* home(void);
int main(void) { CLAIM("home", "%s", home()); }
END
claims_natively_and_in libhome.so.1 -- ./prog <<<'home => here'
at=$host library libtool.so -nostdlib <<<'char* getenv(const char*); static char* h; __attribute__((constructor)) static void c(void) { h = getenv("HERE"); } char* tool_home(void) { return h; }'
expect ok "$bulkhead" preload "$host/libtool.so" -- echo ok
expect ok "$bulkhead" preload --isolated "$host/libtool.so" -- echo ok
