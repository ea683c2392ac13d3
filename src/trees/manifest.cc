#include "trees/manifest.h"

#include <nlohmann/json.hpp>

#include "messages/failure.h"

namespace bulkhead::trees {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;  // another one is not read: it may mean something else
constexpr const char* kKinds[] = {"packages", "image", "directory"};

const char* kind_name(Manifest::Kind kind) { return kKinds[static_cast<unsigned>(kind)]; }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

Manifest read(const json& from) {
  Manifest manifest;
  if (from.at("version").get<int>() != kVersion) throw messages::Failure("of another release");
  from.at("name").get_to(manifest.name);
  from.at("made").get_to(manifest.made);
  const json& source = from.at("source");
  const auto kind = source.at("kind").get<std::string>();
  if (kind == kKinds[0]) {
    manifest.kind = Manifest::Kind::packages;
    source.at("suite").get_to(manifest.suite);
    source.at("asked").get_to(manifest.asked);
    source.at("profiles").get_to(manifest.profiles);
    source.at("sources").get_to(manifest.sources);
    for (const json& package : from.at("packages")) {
      manifest.packages.push_back(
          {package.at("name").get<std::string>(), package.at("version").get<std::string>()});
    }
  } else {
    manifest.kind = kind == kKinds[1] ? Manifest::Kind::image : Manifest::Kind::directory;
    source.at("path").get_to(manifest.path);
  }
  if (manifest.kind == Manifest::Kind::image) {
    source.at("image").get_to(manifest.image);
    source.at("digest").get_to(manifest.digest);
    source.at("layers").get_to(manifest.layers);
  }
  from.at("files").get_to(manifest.files);
  from.at("bytes").get_to(manifest.bytes);
  return manifest;
}

}  // namespace

std::string Manifest::to_json() const {
  json source{{"kind", kind_name(kind)}};
  if (kind == Kind::packages) {
    source.update(
        {{"suite", suite}, {"asked", asked}, {"profiles", profiles}, {"sources", sources}});
  } else {
    source["path"] = path;
  }
  if (kind == Kind::image)
    source.update({{"image", image}, {"digest", digest}, {"layers", layers}});
  json to{{"version", kVersion}, {"by", "bulkhead " BULKHEAD_VERSION},
          {"name", name},        {"made", made},
          {"source", source},    {"files", files},
          {"bytes", bytes}};
  if (kind == Kind::packages) {
    to["packages"] = json::array();
    for (const Package& package : packages) {
      to["packages"].push_back({{"name", package.name}, {"version", package.version}});
    }
  }
  return to.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Manifest Manifest::from_json(std::string_view text, const std::string& path) {
  try {
    return read(json::parse(text));
  } catch (const json::exception& error) {
    throw messages::Failure(path + ": is damaged: " + error.what());
  } catch (const messages::Failure& failure) {
    throw failure.in(path);
  }
}

std::string Manifest::source_text() const {
  if (kind == Kind::directory) return "directory " + path;
  if (kind == Kind::image) return "image " + path + (image.empty() ? "" : " (" + image + ")");
  std::string text = "packages of " + suite + ":";
  if (!profiles.empty()) text += " --profile " + joined(profiles);
  if (!asked.empty()) text += " --packages " + joined(asked);
  return text;
}

}  // namespace bulkhead::trees
