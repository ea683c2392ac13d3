#include "trusted/named_trees.h"

#include <dirent.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>

#include "base/diagnostics.h"
#include "messages/failure.h"
#include "suggest/near.h"

namespace bulkhead::trusted {
namespace {

using messages::Failure;

constexpr std::size_t kMaxName =
    64;  // fits a column, and every file system with a dot and a number

std::string variable(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

bool is_directory(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string no_tree(const std::string& word) {
  const std::vector<std::string> names = tree_names();
  const std::vector<std::string> near = suggest::near_words(word, names);
  if (!near.empty()) return "there is no such tree; did you mean " + near.front() + "?";
  std::string list;
  for (const std::string& each : names) list += (list.empty() ? "" : ", ") + each;
  if (!list.empty()) list = " (there are: " + list + ")";
  return "there is no such tree; it is no directory, and no tree's name" + list +
         "; bulkhead tree add makes one (bulkhead help tree)";
}

}  // namespace

std::string shelf_path() {
  // The XDG specification: a relative path is to be ignored.
  if (std::string xdg = variable("XDG_DATA_HOME"); xdg.starts_with('/')) {
    return xdg + "/bulkhead/trees";
  }
  std::string home = variable("HOME");
  if (home.starts_with('/')) return home + "/.local/share/bulkhead/trees";
  throw Failure("trees with names are kept below HOME, which is not set; set it or XDG_DATA_HOME");
}

bool is_tree_name(std::string_view word) {
  auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
  };
  if (word.empty() || word.size() > kMaxName || !is_plain(word[0])) return false;
  return std::ranges::all_of(word, [&](char letter) {
    return is_plain(letter) || std::string_view("._+-").find(letter) != std::string_view::npos;
  });
}

std::vector<std::string> tree_names() {
  std::vector<std::string> names;
  std::string shelf;
  try {
    shelf = shelf_path();
  } catch (const Failure&) {
    return names;
  }
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(shelf.c_str()), ::closedir);
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream.get())) {
    if (is_tree_name(entry->d_name) && is_directory(shelf + "/" + entry->d_name + kFiles)) {
      names.emplace_back(entry->d_name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

TreeWord tree_of(const std::string& word, const std::string& here) {
  if (word.empty() || word.find('/') != std::string::npos || word == "." || word == "..") {
    return {here, {}, {}};
  }
  struct stat status;
  const bool is_here = ::stat(here.c_str(), &status) == 0;  // who opens it says what it is
  std::string why;
  try {
    const std::string named = shelf_path() + "/" + word + kFiles;
    if (is_tree_name(word) && is_directory(named)) {
      TrustedDirectory found = look_for_trusted_directory(named);
      if (found.trouble == Trouble::none) {
        std::string note =
            "the tree is the one named " + word + "; the directory of that name would be ./" + word;
        return {found.path, is_here ? note : "", {}};
      }
      why = found.why + "; so it counts by its path alone: " + named;
    }
  } catch (const Failure&) {
    // There are no names then.
  }
  // Another directory does not stand in for a tree that is refused.
  if (!why.empty()) {
    return {here, {}, why + (is_here ? "; the directory of that name would be ./" + word : "")};
  }
  return {here, {}, is_here ? "" : no_tree(word)};
}

std::string require_tree(const std::string& word) {
  TreeWord found = tree_of(word, word);
  if (!found.why_not.empty()) {
    throw Failure(word + ": " + found.why_not, messages::kFailed, Fault::missing, word);
  }
  if (!found.note.empty()) message({"note: ", found.note});
  return found.directory;
}

}  // namespace bulkhead::trusted
