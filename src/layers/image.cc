#include "layers/image.h"

#include <sys/utsname.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "layers/digest.h"
#include "layers/failure.h"

namespace bulkhead::layers {
namespace {

using nlohmann::json;

constexpr std::size_t kMostLayers = 1000;  // the kernel mounts 500 at most
constexpr int kMostIndices = 4;            // one within the other; there are two at most
constexpr int kMostNested = 64;            // what reads, copies and writes JSON calls itself

std::string text_in(const json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& object_in(const json& object, const char* key) {
  static const json kNone = json::object();
  auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : kNone;
}

json parsed(const std::string& text) {
  return json::parse(text, [](int depth, json::parse_event_t, json&) {
    if (depth <= kMostNested) return true;
    throw Failure("is damaged: what describes it is nested more than " +
                  std::to_string(kMostNested) + " deep");
  });
}

std::string blob_of(const std::string& digest) {
  if (!is_digest(digest)) throw Failure(digest + ": is no digest that is known here");
  std::string name = "blobs/" + digest;
  std::replace(name.begin(), name.end(), ':', '/');
  return name;
}

// A description, which its digest vouches for.
json checked(const Blobs& blobs, const json& descriptor) {
  const std::string digest = text_in(descriptor, "digest"), blob = blob_of(digest);
  const std::string text = blobs.text(blob);
  if (digest_of(text, digest) != digest) {
    throw Failure(blob + ": is not what its digest says; the image is damaged");
  }
  return parsed(text);
}

std::string name_of(const json& descriptor) {
  const json& notes = object_in(descriptor, "annotations");
  std::string name = text_in(notes, "io.containerd.image.name");
  return name.empty() ? text_in(notes, "org.opencontainers.image.ref.name") : name;
}

struct Candidate {
  std::string digest, name, variant;
  json manifest;
};

// Every image for this processor below an index; `others`: the platforms of the rest.
class Search {
 public:
  Search(const Blobs& blobs, std::string architecture)
      : blobs_(blobs), architecture_(std::move(architecture)) {}

  void look_at(const json& index, const std::string& name, int depth) {
    if (depth > kMostIndices) throw Failure("has indices within indices");
    for (const json& descriptor : index.at("manifests")) {
      const std::string own = name_of(descriptor);
      look_at_one(descriptor, own.empty() ? name : own, depth);
    }
  }

  Candidate take() {
    if (found_.empty()) {
      throw Failure("has no image for linux/" + architecture_ +
                    (others_.empty() ? "" : "; it has " + others_));
    }
    // Of several for one processor the one that asks for no more than that.
    std::ranges::stable_sort(found_, {}, &Candidate::variant);
    std::string names;
    for (const Candidate& each : found_) {
      if (each.name == found_[0].name) continue;
      names += (names.empty() ? found_[0].name + ", " : ", ") + each.name;
    }
    const bool alike = found_.size() > 1 && found_[1].variant == found_[0].variant;
    if (names.empty() && alike) names = "of one name, or of none";
    if (!names.empty()) throw Failure("has several images (" + names + "); save the one alone");
    return std::move(found_[0]);
  }

 private:
  void look_at_one(const json& descriptor, const std::string& name, int depth) {
    const json& platform = object_in(descriptor, "platform");
    const json& notes = object_in(descriptor, "annotations");
    if (notes.contains("vnd.docker.reference.type")) return;  // about an image, and none
    if (!platform.empty() && !fits(platform)) return;
    json described = checked(blobs_, descriptor);
    if (described.contains("manifests")) return look_at(described, name, depth + 1);
    if (!described.contains("layers")) return;  // something else that registries keep
    if (platform.empty() && described.contains("config")) {
      const json config = checked(blobs_, described.at("config"));
      if (config.contains("architecture") && !fits(config)) return;
    }
    const std::string digest = text_in(descriptor, "digest");
    if (std::ranges::find(found_, digest, &Candidate::digest) != found_.end()) return;
    found_.push_back({digest, name, text_in(platform, "variant"), std::move(described)});
  }

  bool fits(const json& platform) {
    const std::string os = text_in(platform, "os"), machine = text_in(platform, "architecture");
    if (os == "linux" && machine == architecture_) return true;
    others_ += (others_.empty() ? "" : ", ") + os + "/" + machine;
    return false;
  }

  const Blobs& blobs_;
  std::string architecture_, others_;
  std::vector<Candidate> found_;
};

void add(std::vector<Layer>& layers, Layer layer) {
  if (layers.size() >= kMostLayers) throw Failure("has too many layers");
  layers.push_back(std::move(layer));
}

Image of_layout(const Blobs& blobs, const std::string& architecture) {
  Search search(blobs, architecture);
  search.look_at(parsed(blobs.text("index.json")), {}, 0);
  const Candidate chosen = search.take();
  Image image{chosen.name, chosen.digest, {}};
  for (const json& descriptor : chosen.manifest.at("layers")) {
    const std::string digest = text_in(descriptor, "digest"), blob = blob_of(digest);
    if (text_in(descriptor, "mediaType").ends_with("+encrypted")) {
      throw Failure(blob + ": is encrypted");
    }
    add(image.layers, {blob, digest, {}, descriptor.value("size", std::uint64_t{0})});
  }
  return image;
}

// `docker save` before it wrote OCI layouts, and tools that write what it wrote.
Image of_save(const Blobs& blobs, const std::string& architecture) {
  const json images = parsed(blobs.text("manifest.json"));
  if (images.size() != 1) {
    std::string names;
    for (const json& each : images) {
      for (const json& tag : each.value("RepoTags", json::array())) {
        names += (names.empty() ? "" : ", ") + tag.get<std::string>();
      }
    }
    throw Failure("has several images (" + names + "); save the one alone");
  }
  const json& saved = images.at(0);
  const std::string name = saved.at("Config").get<std::string>(), text = blobs.text(name);
  std::string digest = digest_of(text, "sha256");
  const std::string_view base = take(file_name_of(name), 64);
  if (is_digest("sha256:" + std::string(base)) && drop(digest, 7) != base) {
    throw Failure(name + ": is not what its digest says; the image is damaged");
  }
  const json config = parsed(text);
  const std::string machine = text_in(config, "architecture"), os = text_in(config, "os");
  if ((!machine.empty() && machine != architecture) || (!os.empty() && os != "linux")) {
    throw Failure("has no image for linux/" + architecture + "; it has " + os + "/" + machine);
  }
  Image image{{}, std::move(digest), {}};
  const json tags = saved.value("RepoTags", json());
  if (tags.is_array() && !tags.empty()) image.name = tags.at(0).get<std::string>();
  const json plain = object_in(config, "rootfs").value("diff_ids", json::array());
  std::size_t at = 0;
  for (const json& layer : saved.at("Layers")) {
    const std::string id = at < plain.size() ? plain.at(at).get<std::string>() : "";
    add(image.layers, {layer.get<std::string>(), {}, is_digest(id) ? id : "", 0});
    ++at;
  }
  return image;
}

}  // namespace

std::string machine_architecture() {
  struct utsname machine;
  if (::uname(&machine) != 0) return "amd64";
  const std::string name = machine.machine;
  return name == "x86_64" ? "amd64" : name == "aarch64" ? "arm64" : name;
}

Image find_image(const Blobs& blobs, const std::string& architecture) {
  if (blobs.has("index.json")) return of_layout(blobs, architecture);
  if (blobs.has("manifest.json")) return of_save(blobs, architecture);
  throw Failure(
      "is no image: it has neither index.json (an OCI layout) nor manifest.json (docker save). A "
      "system's files in an archive are unpacked by tar, and then made a tree by --from DIR");
}

}  // namespace bulkhead::layers
