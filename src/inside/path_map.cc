#include "inside/path_map.h"

#include <string.h>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/text.h"

namespace bulkhead::inside {

using capsule::Capsule;

namespace {

// "/usr/share/vulkan" covers itself and what is below it, not "/usr/share/vulkan-2".
bool covers(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// Rules are texts of the request, each of which ends with a zero.
bool is_there(std::string_view path) {
  const KeepErrno keep;
  struct stat status;
  return status_of(path.data(), status) == 0;
}

MappedPath by_rules(std::span<const std::string_view> rules, std::string_view path, bool if_there) {
  constexpr std::size_t kPathMax = 4096;  // what the kernel would refuse is left as it is
  for (std::string_view rule : rules) {
    std::string_view from = split_off(rule, '=');
    if (!covers(from, path) || (if_there && !is_there(rule))) continue;
    MappedPath mapped{rule, drop(path, from.size())};
    if (!mapped.any() || mapped.size() > kPathMax) return {};
    debug(Topic::paths, {path, " -> ", mapped.tree, mapped.rest});
    return mapped;
  }
  return {};
}

}  // namespace

void MappedPath::write(char* to) const {
  ::memcpy(to, tree.data(), tree.size());
  if (!rest.empty()) ::memcpy(to + tree.size(), rest.data(), rest.size());
  to[tree.size() + rest.size()] = '\0';
}

MappedPath mapped_path(const Capsule& capsule, const char* path) {
  if (path == nullptr || *path != '/') return {};
  const handoff::Request& request = capsule.request();
  MappedPath mapped = by_rules(request.map, path, false);
  return mapped.any() ? mapped : by_rules(request.map_if_there, path, true);
}

}  // namespace bulkhead::inside
