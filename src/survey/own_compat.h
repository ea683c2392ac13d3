// bulkhead's compat libraries as the plan sees them.
#pragma once

#include <span>
#include <vector>

#include "base/arena.h"
#include "base/fd.h"
#include "plan/graph.h"
#include "survey/installation.h"

namespace bulkhead::survey {

// Those of bulkhead's own libraries that have symbols of glibc's. The nodes point into `files`.
std::span<const plan::Node> read_compat(Arena& arena, const std::vector<OwnLibrary>& libraries,
                                        std::vector<FileMapping>& files);

}  // namespace bulkhead::survey
