// The dynamic linker's functions under the versions that every glibc since 2.31 has.
//
// Linked on a current system these names would get GLIBC_2.34, when they moved into
// libc.so.6, and the product would not load into older processes. (Before 2.34 the
// definitions are in libdl.so.2, which a shim made for such a system needs.)
#pragma once

#include <dlfcn.h>
#include <link.h>

#include "arch/machine.h"

__asm__(".symver dlopen,dlopen@" BULKHEAD_BASELINE);
__asm__(".symver dlsym,dlsym@" BULKHEAD_BASELINE);
__asm__(".symver dlclose,dlclose@" BULKHEAD_BASELINE);
__asm__(".symver dlerror,dlerror@" BULKHEAD_BASELINE);
__asm__(".symver dlvsym,dlvsym@" BULKHEAD_BASELINE);
__asm__(".symver dlmopen,dlmopen@" BULKHEAD_VERSION_OF_DLMOPEN);
__asm__(".symver dladdr1,dladdr1@" BULKHEAD_VERSION_OF_DLADDR1);
__asm__(".symver dlinfo,dlinfo@" BULKHEAD_VERSION_OF_DLINFO);
