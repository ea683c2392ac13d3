// Functions that nobody defined when a capsule's libraries were loaded, at their first call.
//
// ld.so binds a function when it is first called, in the scope that its library has then. Natively
// that has grown meanwhile: by what was opened with RTLD_GLOBAL, and by each library that was
// opened and needs this one. The program's are not in the capsule's scope. So libraries that call
// such functions go by way of here: what natively would be found then is what is called, and
// everything else goes on to ld.so.
#pragma once

#include <cstdint>

// ld.so's entry, to which inside/<cpu>/late_calls.S goes on.
extern "C" __attribute__((visibility("hidden"))) std::uintptr_t bulkhead_late_binder;
