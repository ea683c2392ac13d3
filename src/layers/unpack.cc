#include "layers/unpack.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "layers/apply.h"
#include "layers/archive.h"
#include "layers/digest.h"
#include "layers/failure.h"

namespace bulkhead::layers {
namespace {

constexpr std::uint64_t kBetween = 1U << 20U;  // bytes between two reports

// Bytes as they pass: counted, and summed up in a digest.
class Watched final : public Stream {
 public:
  Watched(Stream& from, std::string_view like) : from_(from), digest_(like) {}

  std::size_t read(std::span<char> into) override {
    const std::size_t size = from_.read(into);
    digest_.add({into.data(), size});
    if (passed) passed(size);
    return size;
  }
  // To the end, and then the digest.
  std::string finish() {
    std::array<char, 4096> rest{};
    while (read(rest) != 0) continue;
    return digest_.text();
  }

  std::function<void(std::size_t)> passed;

 private:
  Stream& from_;
  Digest digest_;
};

class Count {
 public:
  Count(const Image& image, const Listener& listener) : listener_(listener) {
    for (const Layer& layer : image.layers) total_ += layer.size;
  }
  void add(std::size_t bytes) {
    done_ += bytes;
    if (done_ - told_ < kBetween) return;
    told_ = done_;
    listener_.at(done_, total_);
  }

 private:
  const Listener& listener_;
  std::uint64_t done_ = 0, told_ = 0, total_ = 0;
};

void check(const Layer& layer, const std::string& wanted, const std::string& came) {
  if (wanted.empty() || wanted == came) return;
  throw Failure(layer.blob + ": is not what its digest says (" + wanted + "; it is " + came +
                "); the image is damaged");
}

bool has_digest(const Layer& layer) { return !layer.digest.empty() || !layer.plain.empty(); }

// The layer is checked once it was read: until then nothing of the tree counts.
std::string unpack_layer(const Blobs& blobs, const Layer& layer, Applying applying, Count& count) {
  std::unique_ptr<Stream> blob = blobs.open(layer.blob);
  Watched stored(*blob, layer.digest.empty() ? "sha256" : layer.digest);
  stored.passed = [&](std::size_t bytes) { count.add(bytes); };
  Decompressed decompressed(stored);
  Watched plain(decompressed, layer.plain.empty() ? "sha256" : layer.plain);
  try {
    TarReader tar(plain);
    applying.run(tar);
  } catch (const Failure& failure) {
    throw Failure(layer.blob + ": " + failure.what());
  }
  check(layer, layer.plain, plain.finish());
  std::string digest = stored.finish();
  check(layer, layer.digest, digest);
  return layer.digest.empty() ? layer.plain.empty() ? digest : layer.plain : digest;
}

}  // namespace

std::optional<Image> unpack(const std::string& path, const std::string& directory,
                            const std::string& scratch, const std::string& known,
                            const Listener& listener) {
  Room room(directory);
  listener.step("reading " + path);
  std::unique_ptr<Blobs> blobs = open_blobs(path, scratch, room);
  Image image = find_image(*blobs, machine_architecture());
  // An image's digest says nothing of layers that it does not name by theirs.
  if (image.digest == known && std::ranges::all_of(image.layers, has_digest)) return std::nullopt;
  Root root(directory);
  LeftOut left_out;
  Count count(image, listener);
  listener.step("unpacking " + std::to_string(image.layers.size()) + " layers" +
                (image.name.empty() ? "" : " of " + image.name));
  for (Layer& layer : image.layers) {
    if (!has_digest(layer)) {
      listener.warn(layer.blob + ": nothing in the image says its digest, so it is not checked");
    }
    layer.digest = unpack_layer(*blobs, layer, Applying(root, room, left_out), count);
  }
  if (left_out.special > 0) {
    listener.say("devices, sockets and pipes are left out: " + std::to_string(left_out.special));
  }
  return image;
}

}  // namespace bulkhead::layers
