// ld.so's reserve of static TLS: libraries that reach their thread-local variables by a place which
// is the same in all threads (the initial-exec model; libc is one) have to fit into it when they
// are opened late. It is set aside when the program starts.
#pragma once

#include "base/arena.h"
#include "base/result.h"
#include "resolve/closure.h"

namespace bulkhead::opening {

// An error of ld.so's; if it is that the reserve is used up, a Fault::limit that says of which
// library, how much it needs, how much is left, and what to do. Asks ld.so for what is left.
Error explain_static_tls(Arena& arena, const resolve::Closure& closure, const Error& error);

}  // namespace bulkhead::opening
