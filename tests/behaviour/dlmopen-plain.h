// <bulkhead/bulkhead.h>, or with -DPLAIN the same functions of glibc alone: the oracle.
#pragma once
#ifdef PLAIN
#include <dlfcn.h>
#define RTLD_SHARED 0
#define RTLD_ISOLATE 0
#define bh_dlmopen dlmopen
#define bh_dlclose dlclose
#define bh_dlerror dlerror
#else
#include <bulkhead/bulkhead.h>
#endif
