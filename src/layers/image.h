// Which image is meant, and what its layers are: decided from its descriptions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layers/blobs.h"

namespace bulkhead::layers {

struct Layer {
  std::string blob;        // its name among the parts
  std::string digest;      // of the blob; empty if nobody says it
  std::string plain;       // of what is in it, decompressed; empty as well
  std::uint64_t size = 0;  // of the blob; 0 if nobody says it
};

struct Image {
  std::string name, digest;   // the name may be empty
  std::vector<Layer> layers;  // the lowest first
};

// As OCI names this machine's processor: "amd64".
std::string machine_architecture();

// The one image that there is for Linux on this processor. Each description that has a
// digest is checked by it. Fails if there is none or more than one, with what there is.
Image find_image(const Blobs& blobs, const std::string& architecture);

}  // namespace bulkhead::layers
