// A fork while another thread opens a library.
#pragma once

namespace bulkhead::runtime {

// From now on a fork waits until no other thread activates shims, for at most 100 ms. The child
// would inherit ld.so's lists as they are in the midst of a dlopen, and hang or crash when it opens
// a library itself. That happens natively, too; but an activation is several openings, and takes
// that much longer. The bound is for constructors that wait for the very thread that forks.
// To be called by whoever activates, as often as it likes. `another_activates` tells whether
// another thread does.
void have_forks_wait(bool (*another_activates)());

}  // namespace bulkhead::runtime
