// *The story*: an image becomes the files of a tree.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "layers/image.h"

namespace bulkhead::layers {

// What is told meanwhile.
struct Listener {
  std::function<void(const std::string& what)> step = [](const std::string&) {};
  std::function<void(const std::string& sentence)> say = [](const std::string&) {};
  std::function<void(const std::string& sentence)> warn = [](const std::string&) {};
  std::function<void(std::uint64_t done, std::uint64_t total)> at = [](std::uint64_t,
                                                                       std::uint64_t) {};
};

// `path`: the image's; `directory`: where it goes, empty; `scratch`: another, for what is needed
// meanwhile. Nothing is unpacked, and nothing comes, of an image of the digest `known`, if that
// says what its layers are. Fails with sentences that name no image: who calls knows it.
std::optional<Image> unpack(const std::string& path, const std::string& directory,
                            const std::string& scratch, const std::string& known,
                            const Listener& listener);

}  // namespace bulkhead::layers
