#include "preload/named_paths.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "base/text.h"
#include "messages/shown.h"

namespace bulkhead::preload {
namespace {

// No file of a directory of shims is called so.
constexpr char kVariable = '?', kMap = '>';

void add(std::string& list, std::string_view each) {
  if (!list.empty()) list += ", ";
  list += each;
}

// The path that `map` leads to; empty if it is about others.
std::string mapped(std::string_view map, std::string_view path) {
  const std::size_t equals = map.find('=');
  const std::string_view from = map.substr(0, equals);
  if (!path.starts_with(from)) return {};
  const std::string_view rest = path.substr(from.size());
  if (!rest.empty() && rest.front() != '/') return {};
  return std::string(map.substr(equals + 1)) + std::string(rest);
}

}  // namespace

std::vector<std::string> lines_of_named_paths(const std::vector<std::string>& variables,
                                              const std::vector<std::string>& maps) {
  std::vector<std::string> lines;
  if (variables.empty()) return lines;
  for (const std::string& variable : variables) lines.push_back(kVariable + variable);
  for (const std::string& map : maps) {
    if (map.find('\n') == std::string::npos) lines.push_back(kMap + map);
  }
  return lines;
}

bool NamedPaths::take(const std::string& line) {
  const bool is_variable = line.starts_with(kVariable);
  if (!is_variable && !line.starts_with(kMap)) return false;
  (is_variable ? variables_ : maps_).push_back(line.substr(1));
  return true;
}

std::string NamedPaths::meaning_of(std::string_view value) const {
  std::string of_tree, of_base, absent;
  while (!value.empty()) {
    const std::string path(split_off(value, ':'));
    if (path.empty()) continue;
    if (path.find('/') == std::string::npos) {
      add(of_tree, path + " of the tree");
      continue;
    }
    std::string in_tree;
    for (const std::string& map : maps_) {
      if (in_tree = mapped(map, path); !in_tree.empty()) break;
    }
    // Maps lead to files of this system's, too.
    if (in_tree.empty() || in_tree == path) {
      add(of_base, path);
    } else if (::access(in_tree.c_str(), F_OK) == 0) {
      add(of_tree, in_tree);
    } else {
      add(absent, in_tree);
    }
  }
  std::string text;
  if (!of_tree.empty()) text = "means " + of_tree;
  if (!of_base.empty())
    text += std::string(text.empty() ? "" : "; ") + "means this system's " + of_base;
  if (!absent.empty()) {
    text += (text.empty() ? "" : "; ") + ("means " + absent) +
            ", which is not there: name it as the tree has it";
  }
  return text;
}

void NamedPaths::say() const {
  std::vector<std::string> said;
  for (const std::string& name : variables_) {
    const char* value = ::getenv(name.c_str());
    if (value == nullptr || *value == '\0' || std::ranges::find(said, name) != said.end()) continue;
    said.push_back(name);
    const std::string meaning = meaning_of(value);
    if (!meaning.empty()) message({"note: ", name, " ", meaning});
  }
}

}  // namespace bulkhead::preload
