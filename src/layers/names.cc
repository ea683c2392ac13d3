#include "layers/names.h"

#include <limits.h>

#include "base/text.h"
#include "layers/failure.h"

namespace bulkhead::layers {

std::vector<std::string> names_along(std::string_view path) {
  if (path.size() >= PATH_MAX || path.find('\0') != std::string_view::npos) {
    throw Failure(std::string(take(path, 100)) + "…: is no path");
  }
  std::vector<std::string> names;
  std::string_view rest = path;
  while (!rest.empty()) {
    std::string_view name = split_off(rest, '/');
    if (name == "..") throw Failure(std::string(path) + ": leads out of the tree");
    if (!name.empty() && name != ".") names.emplace_back(name);
  }
  return names;
}

Whiteout whiteout_of(std::string_view name) {
  constexpr std::string_view kPrefix = ".wh.";
  if (!name.starts_with(kPrefix)) return {};
  const std::string_view hidden = drop(name, kPrefix.size());
  if (hidden == ".wh..opq") return {Whiteout::Kind::all, {}};
  if (hidden.starts_with(kPrefix)) return {Whiteout::Kind::ignored, {}};
  if (hidden.empty() || hidden == "." || hidden == "..") {
    throw Failure(std::string(name) + ": hides no file that there can be");
  }
  return {Whiteout::Kind::one, std::string(hidden)};
}

}  // namespace bulkhead::layers
