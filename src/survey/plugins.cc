#include "survey/plugins.h"

#include <dirent.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "arch/machine.h"
#include "base/text.h"
#include "survey/json_values.h"

namespace bulkhead::survey {
namespace {

// "$LIB" in a pattern stands for each directory that distributions put libraries into.
std::vector<std::string> expand_lib(std::string_view pattern) {
  constexpr std::string_view kToken = "$LIB";
  std::size_t at = pattern.find(kToken);
  if (at == std::string_view::npos) return {std::string(pattern)};
  std::vector<std::string> expanded;
  for (const std::string& lib :
       {std::string("lib/") + arch::Native::kMultiarch, std::string("lib64"), std::string("lib")}) {
    expanded.push_back(std::string(take(pattern, at)) + lib +
                       std::string(drop(pattern, at + kToken.size())));
  }
  return expanded;
}

bool matches(std::string_view name, std::string_view pattern) {
  std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  std::string_view head = take(pattern, star);
  std::string_view tail = drop(pattern, star + 1);
  return name.size() >= head.size() + tail.size() && name.starts_with(head) && name.ends_with(tail);
}

// Paths inside the tree that a pattern with one `*` in its last part means, sorted.
std::vector<std::string> expand(const resolve::Tree& tree, std::string_view pattern, Stamp& stamp) {
  std::vector<std::string> found;
  for (const std::string& path : expand_lib(pattern)) {
    std::string directory(directory_of(path));
    Arena arena;
    std::string host(tree.reachable_host_path(arena, directory));
    stamp.add(host);
    Result<Fd> opened = tree.open_directory(directory);
    if (!opened) continue;
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened->release()), ::closedir);
    if (stream == nullptr) continue;
    while (const dirent* entry = ::readdir(stream.get())) {
      if (matches(entry->d_name, file_name_of(path)))
        found.push_back(directory + "/" + entry->d_name);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What a file of plugin_lists names: JSON the values of its key, others a library a line.
std::vector<std::string> libraries_in(std::string_view file, std::string_view text) {
  std::vector<std::string> names;
  if (file.ends_with(".json")) {
    for (auto [start, end] : values_of(text, "library_path")) {
      names.emplace_back(text.substr(start, end - start));
    }
  } else {
    while (!text.empty()) {
      std::string_view line = split_off(text, '\n');
      constexpr std::string_view kBlanks = " \t\r";
      const std::size_t start = line.find_first_not_of(kBlanks);
      if (start == std::string_view::npos || line[start] == '#') continue;
      names.emplace_back(line.substr(start, line.find_last_not_of(kBlanks) + 1 - start));
    }
  }
  std::erase(names, std::string());
  return names;
}

}  // namespace

std::vector<std::string> plugins_of(const resolve::Tree& tree, const plan::Profile& profile,
                                    Stamp& stamp) {
  std::vector<std::string> names;
  // Mesa's drivers were one file under twenty names; one of them is enough.
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  auto add_path = [&](const std::string& path) {
    Arena arena;
    Result<resolve::OpenedFile> file = tree.open_file(arena, path);
    if (file && seen.insert({file->status.st_dev, file->status.st_ino}).second)
      names.push_back(path);
  };
  for (std::string_view pattern : profile.plugins) {
    if (pattern.find('/') == std::string_view::npos) {
      names.emplace_back(pattern);
      continue;
    }
    for (const std::string& path : expand(tree, pattern, stamp)) add_path(path);
  }
  for (std::string_view pattern : profile.plugin_lists) {
    for (const std::string& list : expand(tree, pattern, stamp)) {
      Arena arena;
      Result<resolve::OpenedFile> file = tree.open_file(arena, list);
      if (!file) continue;
      stamp.add(std::string(file->host_path), file->status);
      Result<FileMapping> mapping = FileMapping::of(file->fd.get());
      if (!mapping) continue;
      for (const std::string& library : libraries_in(list, mapping->text())) {
        if (library.find('/') == std::string::npos) {
          names.push_back(library);
        } else {
          add_path(library.starts_with('/') ? library
                                            : std::string(directory_of(list)) + "/" + library);
        }
      }
    }
  }
  return names;
}

namespace {

// A link to an absolute path means the tree's file, and the kernel would take this system's: such
// links have maps of their own. How deep they are looked for below a mapped directory.
constexpr int kDepth = 3;

void add_links_below(const resolve::Tree& tree, const std::string& from, const std::string& host,
                     int depth, std::vector<std::string>& maps, Stamp& stamp) {
  std::error_code error;
  std::filesystem::directory_iterator entry(host, error), end;
  const std::size_t before = maps.size();
  std::vector<std::string> names;
  for (; !error && entry != end; entry.increment(error)) {
    names.push_back("/" + entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::filesystem::path path = host + name;
    if (!std::filesystem::is_symlink(path, error)) {
      if (depth > 1 && std::filesystem::is_directory(path, error)) {
        add_links_below(tree, from + name, path, depth - 1, maps, stamp);
      }
      continue;
    }
    if (!std::filesystem::read_symlink(path, error).is_absolute() || name.contains('=')) continue;
    Arena arena;
    maps.push_back(from + name + "=" + std::string(tree.reachable_host_path(arena, from + name)));
  }
  if (maps.size() > before) stamp.add(host);
}

}  // namespace

std::vector<std::string> maps_of(const resolve::Tree& tree, const plan::Profile& profile,
                                 Stamp& stamp) {
  std::vector<std::string> maps;
  for (std::string_view pattern : profile.map) {
    const bool several = pattern.find('*') != std::string_view::npos;
    for (const std::string& from : several ? expand(tree, pattern, stamp) : expand_lib(pattern)) {
      Arena arena;
      std::string host(tree.reachable_host_path(arena, from));
      stamp.add(host);
      if (!tree.has_directory(from) && !tree.open_file(arena, from)) continue;
      if (tree.path() != "/") add_links_below(tree, from, host, kDepth, maps, stamp);
      maps.push_back(from + "=" + host);
    }
  }
  return maps;
}

std::vector<std::string> other_names_of(const resolve::Tree& tree, const plan::Profile& profile,
                                        Stamp& stamp) {
  constexpr std::string_view kJson = ".json";
  const std::string_view multiarch = arch::Native::kMultiarch;
  const std::string machine = "." + std::string(take(multiarch, multiarch.find('-')));
  std::vector<std::string> maps;
  for (std::string_view pattern : profile.plugin_lists) {
    if (!pattern.ends_with(kJson)) continue;
    for (const std::string& path : expand(tree, pattern, stamp)) {
      std::string other = path.substr(0, path.size() - kJson.size());
      if (other.ends_with(machine)) {
        other.resize(other.size() - machine.size());
      } else {
        other += machine;
      }
      other += kJson;
      Arena arena;
      if (path.contains('=') || tree.open_file(arena, other)) continue;
      maps.push_back(other + "=" + std::string(tree.reachable_host_path(arena, path)));
    }
  }
  return maps;
}

std::vector<std::string> directories_of_examples(const plan::Profile& profile) {
  std::vector<std::string> directories;
  for (std::string_view plugin : profile.plugins) {
    if (plugin.find('/') == std::string_view::npos || plugin.find('*') != std::string_view::npos)
      continue;
    for (const std::string& path : expand_lib(plugin)) directories.emplace_back(directory_of(path));
  }
  return directories;
}

std::vector<std::string> possible_maps_of(const plan::Profile& profile) {
  std::vector<std::string> maps;
  for (std::string_view pattern : profile.map) {
    if (pattern.find('*') != std::string_view::npos) continue;
    for (std::string& from : expand_lib(pattern)) maps.push_back(std::move(from));
  }
  return maps;
}

}  // namespace bulkhead::survey
