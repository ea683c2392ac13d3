// The parts of an image, by their names: an OCI layout's directory, or an archive of one or of
// `docker save`.
#pragma once

#include <memory>
#include <string>

#include "layers/room.h"
#include "layers/stream.h"

namespace bulkhead::layers {

class Blobs {
 public:
  virtual ~Blobs() = default;
  virtual bool has(const std::string& name) const = 0;
  // Fails if it is not there.
  virtual std::unique_ptr<Stream> open(const std::string& name) const = 0;
  // All of a small one: descriptions, which are some kilobytes. Fails if it is not.
  std::string text(const std::string& name) const;
};

// `path`: a directory or an archive, which may be compressed. `scratch`: a directory, for what has
// to be unpacked to be read several times.
std::unique_ptr<Blobs> open_blobs(const std::string& path, const std::string& scratch, Room& room);

}  // namespace bulkhead::layers
