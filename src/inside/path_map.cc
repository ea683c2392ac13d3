#include "inside/path_map.h"

#include <string.h>

#include "base/diagnostics.h"
#include "base/text.h"

namespace bulkhead::inside {

using capsule::Capsule;

namespace {

// "/usr/share/vulkan" covers itself and what is below it, not "/usr/share/vulkan-2".
bool covers(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

void MappedPath::write(char* to) const {
  ::memcpy(to, tree.data(), tree.size());
  if (!rest.empty()) ::memcpy(to + tree.size(), rest.data(), rest.size());
  to[tree.size() + rest.size()] = '\0';
}

MappedPath mapped_path(const Capsule& capsule, const char* path) {
  constexpr std::size_t kPathMax = 4096;  // what the kernel would refuse is left as it is
  if (path == nullptr || *path != '/') return {};
  std::string_view text = path;
  for (std::string_view rule : capsule.request().map) {
    std::string_view from = split_off(rule, '=');
    if (!covers(from, text)) continue;
    MappedPath mapped{rule, drop(text, from.size())};
    if (!mapped.any() || mapped.size() > kPathMax) return {};
    debug(Topic::paths, {path, " -> ", mapped.tree, mapped.rest});
    return mapped;
  }
  return {};
}

}  // namespace bulkhead::inside
