#include "suggest/near.h"

#include <dirent.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.h"

namespace bulkhead::suggest {
namespace {

constexpr std::size_t kMostSuggestions = 4;
// Beyond it a name is another one rather than the same one misspelt.
constexpr std::size_t kFarthest = 3;

// Levenshtein's, with rows instead of the table.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// "z" of "libz.so.1": what stays the same when a SONAME's number changes.
std::string_view stem(std::string_view name) {
  if (name.starts_with("lib")) name = drop(name, 3);
  return name.substr(0, name.find(".so"));
}

}  // namespace

std::vector<std::string> near_names(const resolve::Tree& tree, std::string_view directories,
                                    std::string_view name) {
  std::vector<std::pair<std::size_t, std::string>> found;
  while (!directories.empty()) {
    std::string_view directory = split_off(directories, ':');
    if (!directory.starts_with('/')) continue;
    Result<Fd> opened = tree.open_directory(directory);
    if (!opened) continue;
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened->release()), ::closedir);
    if (stream == nullptr) continue;
    while (const dirent* entry = ::readdir(stream.get())) {
      std::string_view candidate = entry->d_name;
      if (candidate.find(".so") == std::string_view::npos || candidate == name) continue;
      std::size_t far = stem(candidate) == stem(name) ? 0 : distance(stem(candidate), stem(name));
      bool near = far == 0 || (far <= kFarthest && far * 2 < stem(name).size());
      if (near) found.emplace_back(far * 100 + distance(candidate, name), candidate);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [far, candidate] : found) {
    if (std::find(names.begin(), names.end(), candidate) != names.end()) continue;
    names.push_back(std::move(candidate));
    if (names.size() == kMostSuggestions) break;
  }
  return names;
}

std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& known) {
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const std::string& candidate : known) {
    std::size_t far = distance(word, candidate);
    bool near = far <= kFarthest && far * 2 <= std::max(word.size(), candidate.size());
    if (near || candidate.starts_with(word)) found.emplace_back(far, candidate);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> words;
  for (auto& [far, candidate] : found) words.push_back(std::move(candidate));
  return words;
}

}  // namespace bulkhead::suggest
