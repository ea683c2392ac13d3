#include "preload/variables.h"

#include <stdlib.h>

#include "base/diagnostics.h"
#include "base/fnv1a.h"
#include "cache/places.h"

namespace bulkhead::preload {
namespace {

constexpr std::string_view kCache = "$CACHE";
// No file of a directory of shims is called so.
constexpr char kMark = '=';

}  // namespace

std::string for_tree(const std::string& variable, std::string_view tree) {
  std::string text = variable;
  const std::size_t at = text.find(kCache);
  if (at == std::string::npos) return text;
  Fnv1a hash;  // only a name
  hash.add(tree);
  return text.insert(at + kCache.size(), "/trees/" + std::to_string(hash.sum()));
}

std::string line_of_variable(const std::string& variable) { return kMark + variable; }

bool set_variable_of(const std::string& line) {
  if (!line.starts_with(kMark)) return false;
  const std::size_t end = line.find('=', 1);
  if (end == std::string::npos) return true;
  std::string value = line.substr(end + 1);
  const std::size_t at = value.find(kCache);
  if (at != std::string::npos) {
    const std::string cache = cache::usual_root();
    if (cache.empty()) return true;
    value.replace(at, kCache.size(), cache);
  }
  const std::string name = line.substr(1, end - 1);
  if (const char* set = ::getenv(name.c_str())) {
    if (set != value)
      message({"note: ", name, " is set already, and stays: a profile would set it to ", value});
    return true;
  }
  ::setenv(name.c_str(), value.c_str(), 1);
  return true;
}

}  // namespace bulkhead::preload
