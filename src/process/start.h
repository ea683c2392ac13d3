// What libc knows of how the program was started.
#pragma once

namespace bulkhead::process {

// ld.so calls constructors with what libc knows, in a dlopen. The constructor of a library that was
// linked with -z initfirst comes before libc's own. Opens it what needs libc, libc is initialised
// with nothing: no arguments, no environment. A shim needs libc by way of the runtime, also for a
// library that needs none; and the shim of a library with that mark comes as early. Has libc
// initialised as ld.so does it at its turn, unless it was.
void tell_libc_how_the_program_was_started();

}  // namespace bulkhead::process
