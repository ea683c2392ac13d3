// The dynamic linker's functions under the versions that every glibc since 2.31 has.
//
// Linked on a current system these names would get GLIBC_2.34, when they moved into
// libc.so.6, and the product would not load into older processes. (Before 2.34 the
// definitions are in libdl.so.2, which a shim made for such a system needs.)
#pragma once

#include <dlfcn.h>
#include <link.h>

#if defined(__x86_64__)
#define BULKHEAD_BASELINE "GLIBC_2.2.5"
__asm__(".symver dlopen,dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym,dlsym@GLIBC_2.2.5");
__asm__(".symver dlclose,dlclose@GLIBC_2.2.5");
__asm__(".symver dlerror,dlerror@GLIBC_2.2.5");
__asm__(".symver dlvsym,dlvsym@GLIBC_2.2.5");
__asm__(".symver dlmopen,dlmopen@GLIBC_2.3.4");
__asm__(".symver dladdr1,dladdr1@GLIBC_2.3.3");
__asm__(".symver dlinfo,dlinfo@GLIBC_2.3.3");
#endif
