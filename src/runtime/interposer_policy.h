// The policy for system calls that tools are preloaded with (bulkhead preload --seccomp).
#pragma once

#include "handoff/handoff.h"

namespace bulkhead::runtime {

// At the end of an interposer's initialisation: installs the policy that it has beside it, if it
// has one and is the last that ld.so initialises of those with a policy. So the regions of all
// tools are known, and no code of the program itself has run. Ends the process (125) if that fails:
// nothing is to run without the rules. Takes ld.so's lock.
void install_policy_of(const handoff::ShimHeader& interposer);

}  // namespace bulkhead::runtime
