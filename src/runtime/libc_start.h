// libc where it is initialised too early.
//
// In a dlopen ld.so calls constructors with what libc knows of the program's arguments and
// environment. The constructor of a library with DF_1_INITFIRST (-z initfirst) comes before libc's
// own. If it opens something that needs libc, ld.so initialises libc with nothing: no arguments, no
// environment, for as long as the program runs. A shim needs libc by way of the runtime, also if
// its library does not; and the shim of a library with that mark comes as early.
#pragma once

namespace bulkhead::runtime {

// Has libc initialised with what the kernel gave to the program, unless it was already.
void initialise_libc();

}  // namespace bulkhead::runtime
