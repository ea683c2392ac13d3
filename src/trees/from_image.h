// A tree that is an image's layers. A program of its own unpacks them (src/layers), which has
// nothing to do but that: images come from strangers.
#pragma once

#include <optional>

#include "trees/progress.h"
#include "trees/shelf.h"

namespace bulkhead::trees {

// Nothing if the image is what it was `before`.
std::optional<Manifest> fill_from_image(const Manifest& wish, const Manifest* before,
                                        const Making& making, Progress& progress);

}  // namespace bulkhead::trees
