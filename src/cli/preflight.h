// What the kernel and the process's surroundings must allow; asked at every start, because
// a container or a seccomp filter can differ from one start to the next.
#pragma once

#include <string>

namespace bulkhead::cli {

// 0, or the errno value with which memfd_create(2) fails.
int memfd_error();
bool has_proc();

// Fails if a program could not open a capsule here.
void require_surroundings();

}  // namespace bulkhead::cli
