// Any bytes as a layer of an image, and as what describes one: whatever is made is made below the
// tree, and is a file, a directory or a link without special rights.
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "layers/apply.h"
#include "layers/failure.h"
#include "layers/image.h"

using namespace bulkhead::layers;
namespace fs = std::filesystem;

namespace {

class Bytes final : public Stream {
 public:
  explicit Bytes(std::span<const char> all) : rest_(all) {}
  std::size_t read(std::span<char> into) override {
    const std::size_t size = std::min(into.size(), rest_.size());
    if (size != 0) std::memcpy(into.data(), rest_.data(), size);
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  std::span<const char> rest_;
};

// Every part is these bytes.
class OneBlob final : public Blobs {
 public:
  explicit OneBlob(std::span<const char> all, const char* name) : all_(all), name_(name) {}
  bool has(const std::string& name) const override { return name == name_; }
  std::unique_ptr<Stream> open(const std::string&) const override {
    return std::make_unique<Bytes>(all_);
  }

 private:
  std::span<const char> all_;
  const char* name_;
};

// Removed when the process ends.
struct Place {
  Place() {
    char name[] = "/tmp/fuzz-layers-XXXXXX";
    if (::mkdtemp(name) == nullptr) std::abort();
    path = name;
  }
  ~Place() { fs::remove_all(path); }
  fs::path path;
};

void check(const fs::path& place) {
  for (const fs::directory_entry& each : fs::directory_iterator(place)) {
    if (each.path().filename() != "tree") std::abort();
  }
  for (const fs::directory_entry& each : fs::recursive_directory_iterator(place / "tree")) {
    struct stat status;
    if (::lstat(each.path().c_str(), &status) != 0) std::abort();
    if (S_ISLNK(status.st_mode)) continue;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) std::abort();
    if ((status.st_mode & 07022U) != 0) std::abort();
  }
}

void apply(std::span<const char> bytes, const Root& root) {
  try {
    Room room(4U << 20U, 1000, 4096);
    LeftOut left_out;
    Bytes stream(bytes);
    Decompressed plain(stream);
    TarReader tar(plain);
    Applying(root, room, left_out).run(tar);
  } catch (const Failure&) {
    // Refused.
  }
}

void describe(std::span<const char> bytes, const char* name) {
  try {
    (void)find_image(OneBlob(bytes, name), "amd64");
  } catch (const Failure&) {
    // Refused.
  } catch (const nlohmann::json::exception&) {
    // Refused: main says that it is damaged.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  const std::span<const char> bytes(reinterpret_cast<const char*>(data), size);
  if (size != 0 && bytes[0] == '{') describe(bytes, "index.json");
  if (size != 0 && bytes[0] == '[') describe(bytes, "manifest.json");
  const fs::path tree = place.path / "tree";
  fs::remove_all(tree);
  fs::create_directory(tree);
  const Root root(tree.string());
  // Twice: the second finds what the first has left.
  apply(bytes, root);
  apply(bytes, root);
  check(place.path);
  return 0;
}
