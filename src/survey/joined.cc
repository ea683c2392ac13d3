#include "survey/joined.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/fd.h"
#include "base/fnv1a.h"
#include "base/text.h"
#include "survey/json_values.h"

namespace bulkhead::survey {
namespace {

constexpr std::string_view kSuffix = ".json";
constexpr std::string_view kLayer = "VK_LAYER_";

using Texts = std::map<std::string, std::string>;

// What cannot be read, the loader could not read either.
Texts texts_in(const resolve::Tree& tree, const std::string& directory, Stamp& stamp) {
  Texts texts;
  Arena arena;
  const std::string host(tree.reachable_host_path(arena, directory));
  stamp.add(host);
  std::error_code error;
  std::filesystem::directory_iterator entry(host, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    Result<resolve::OpenedFile> file =
        tree.open_file(arena, arena.copy(directory + "/" + name));  // by the tree's own links
    if (!file) continue;
    stamp.add(std::string(file->host_path), file->status);
    Result<FileMapping> mapping = FileMapping::of(file->fd.get());
    if (mapping) texts.emplace(name, mapping->text());
  }
  return texts;
}

std::set<std::string> layers_in(std::string_view json) {
  std::set<std::string> names;
  for (auto [start, end] : values_of(json, "name")) {
    std::string name(json.substr(start, end - start));
    if (name.starts_with(kLayer)) names.insert(std::move(name));
  }
  return names;
}

std::string of_this_system(resolve::Searcher& system, const std::string& directory,
                           const std::string& library) {
  if (library.starts_with('/')) return library;
  if (library.find('/') != std::string::npos) {
    return std::filesystem::path(directory + "/" + library).lexically_normal().string();
  }
  Arena arena;
  Result<resolve::Found> found = system.find(arena.copy(library), {});
  return found ? std::string(found->file.host_path) : library;
}

std::string for_the_capsule(resolve::Searcher& system, const std::string& directory,
                            std::string text) {
  auto values = values_of(text, "library_path");
  std::reverse(values.begin(), values.end());
  for (auto [start, end] : values) {
    const std::string path = of_this_system(system, directory, text.substr(start, end - start));
    // What JSON would have to escape is left as it is.
    if (path.find_first_of("\"\\") == std::string::npos) text.replace(start, end - start, path);
  }
  return text;
}

// Only a name: of names and texts, each with its end.
std::string name_of(const JoinedDirectory& joined) {
  Fnv1a hash;
  for (const auto& [name, text] : joined.files) {
    for (std::string_view each : {std::string_view(name), std::string_view(text)}) {
      hash.add(each);
      hash.add('\0');
    }
  }
  return std::to_string(hash.sum());
}

std::optional<JoinedDirectory> join(const Sides& sides, const std::string& directory,
                                    Stamp& stamp) {
  const Texts own = texts_in(sides.base, directory, stamp);
  if (own.empty()) return {};
  Texts files = texts_in(sides.tree, directory, stamp);
  std::set<std::string> layers;
  for (const auto& [name, text] : files) layers.merge(layers_in(text));
  const std::size_t of_tree = files.size();
  for (const auto& [name, text] : own) {
    const std::set<std::string> added = layers_in(text);
    const bool known = std::ranges::any_of(
        added, [&layers](const std::string& each) { return layers.contains(each); });
    if (!known) files.emplace(name, for_the_capsule(sides.system, directory, text));
  }
  if (files.size() == of_tree) return {};
  return JoinedDirectory{directory, {}, {files.begin(), files.end()}};
}

}  // namespace

std::vector<JoinedDirectory> join_directories(const Sides& sides,
                                              const std::vector<std::string>& directories,
                                              const std::string& place, Stamp& stamp) {
  std::vector<JoinedDirectory> all;
  for (const std::string& directory : directories) {
    std::optional<JoinedDirectory> joined = join(sides, directory, stamp);
    if (!joined) continue;
    joined->path = place + "/" + name_of(*joined);
    all.push_back(std::move(*joined));
  }
  return all;
}

}  // namespace bulkhead::survey
