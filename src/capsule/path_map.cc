#include "capsule/path_map.h"

#include <string.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/hooks.h"

namespace bulkhead::capsule {
namespace {

// "/usr/share/vulkan" covers itself and what is below it, not "/usr/share/vulkan-2".
bool covers(std::string_view prefix, std::string_view path) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

const char* mapped_path(const char* path, const void* caller, PathBuffer& buffer) {
  if (path == nullptr || *path != '/') return path;
  std::string_view text = path;
  for (Capsule* capsule : registered_capsules()) {
    for (std::string_view rule : capsule->request.map) {
      std::string_view from = split_off(rule, '=');
      if (!covers(from, text)) continue;
      // The costly question last: most paths match no rule.
      if (registered_capsules().size() > 1 && capsule_of(caller) != capsule) continue;
      std::string_view rest = drop(text, from.size());
      if (rule.size() + rest.size() >= sizeof buffer.text) return path;
      ::memcpy(buffer.text, rule.data(), rule.size());
      ::memcpy(buffer.text + rule.size(), rest.data(), rest.size());
      buffer.text[rule.size() + rest.size()] = '\0';
      debug(Topic::paths, {path, " -> ", buffer.text});
      return buffer.text;
    }
  }
  return path;
}

}  // namespace bulkhead::capsule
