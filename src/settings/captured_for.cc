#include "settings/captured_for.h"

#include <nlohmann/json.hpp>

#include "base/fd.h"
#include "resolve/captured.h"

namespace bulkhead::settings {
namespace {

std::vector<std::string> texts_in(const nlohmann::json& object, const char* key) {
  std::vector<std::string> texts;
  if (!object.is_object() || !object.contains(key) || !object[key].is_array()) return texts;
  for (const nlohmann::json& each : object[key]) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

}  // namespace

CapturedFor captured_for(const std::string& tree) {
  Arena arena;
  Result<resolve::Tree> opened = resolve::Tree::open(arena, arena.copy(tree));
  if (!opened) return {};
  Result<resolve::OpenedFile> file = opened->open_file(arena, resolve::kCaptureManifest);
  if (!file) return {};
  Result<FileMapping> mapping = FileMapping::of(file->fd.get());
  if (!mapping) return {};
  const nlohmann::json manifest = nlohmann::json::parse(mapping->text(), nullptr, false);
  if (!manifest.is_object() || !manifest.contains("asked_for")) return {};
  const nlohmann::json& asked = manifest["asked_for"];
  return {texts_in(asked, "profile"), texts_in(asked, "expose"), texts_in(asked, "library_path")};
}

}  // namespace bulkhead::settings
