// An image that wants static TLS and nothing else: whether ld.so opens it tells whether there is
// that much left.
#pragma once

#include <cstddef>

#include "base/arena.h"
#include "base/fd.h"

namespace bulkhead::image {

// `size`: of its thread-local block, in bytes.
Pieces build_tls_probe(Arena& arena, std::size_t size);

}  // namespace bulkhead::image
