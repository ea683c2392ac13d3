#include "capture/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "messages/failure.h"

namespace bulkhead::capture {
namespace {

constexpr int kMaxLinks = 40;  // the kernel's MAXSYMLINKS

// What is still to be followed, the next one last.
void push(std::vector<std::string>& rest, std::string_view path) {
  std::vector<std::string> pieces;
  while (!path.empty()) {
    std::string_view piece = split_off(path, '/');
    if (!piece.empty() && piece != ".") pieces.emplace_back(piece);
  }
  rest.insert(rest.end(), pieces.rbegin(), pieces.rend());
}

}  // namespace

std::string relative_link(std::string_view text, std::size_t depth) {
  std::string to;
  if (text.starts_with('/')) {
    for (std::size_t i = 0; i < depth; ++i) to += "../";
    while (text.starts_with('/')) text = drop(text, 1);
    to += text;
    if (to.ends_with('/')) to.pop_back();
    return to.empty() ? "." : to;
  }
  // ".." of the root is the root.
  std::size_t above = depth;
  bool leads = true;  // only ".." so far
  while (!text.empty()) {
    std::string_view piece = split_off(text, '/');
    if (piece.empty() || piece == ".") continue;
    leads = leads && piece == "..";
    if (leads && above == 0) continue;
    if (leads) --above;
    to.append(to.empty() ? "" : "/").append(piece);
  }
  return to.empty() ? "." : to;
}

Layout::Place Layout::walk(const std::string& inside, Entries& met) const {
  std::vector<std::string> rest;
  push(rest, inside);
  std::string path;
  std::size_t depth = 0;
  int links = 0;
  while (!rest.empty()) {
    const std::string piece = std::move(rest.back());
    rest.pop_back();
    if (piece == "..") {
      if (depth == 0) continue;
      path.resize(path.rfind('/'));
      --depth;
      continue;
    }
    const std::size_t parent = path.size();
    path.append("/").append(piece);
    struct stat status;
    if (::fstatat(tree_.directory(), path.c_str() + 1, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return {};
    if (S_ISLNK(status.st_mode)) {
      char text[PATH_MAX];
      ssize_t size = ::readlinkat(tree_.directory(), path.c_str() + 1, text, sizeof text);
      if (size < 0 || ++links > kMaxLinks) return {};
      const std::string_view to(text, static_cast<std::size_t>(size));
      met[path] = {Entry::Kind::link, relative_link(to, depth), status};
      path.resize(to.starts_with('/') ? 0 : parent);
      if (to.starts_with('/')) depth = 0;
      push(rest, to);
      continue;
    }
    ++depth;
    if (S_ISDIR(status.st_mode)) {
      met[path] = {Entry::Kind::directory, {}, status};
      continue;
    }
    if (!S_ISREG(status.st_mode) || !rest.empty()) return {};
    met[path] = {Entry::Kind::file, {}, status};
    return {path, true, status};
  }
  return {path.empty() ? "/" : path, false, {}};
}

Layout::Place Layout::find(const std::string& inside) const {
  Entries met;
  return walk(inside, met);
}

Layout::Place Layout::add(const std::string& inside) {
  Entries met;
  Place place = walk(inside, met);
  if (!place.path.empty()) entries_.merge(met);
  return place;
}

std::string Layout::remove(const std::string& inside) {
  const std::string above(directory_of(inside));
  // What leads there in the tree does so in a copy only if it was added, too.
  if (above.size() > 1 && !entries_.contains(above)) return {};
  const std::string parent = find(above).path;
  const std::string path = (parent == "/" ? "" : parent) + "/" + std::string(file_name_of(inside));
  auto found = entries_.find(path);
  if (found == entries_.end() || found->second.kind == Entry::Kind::directory) return {};
  entries_.erase(found);
  return path;
}

std::uint64_t Layout::size() const {
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::uint64_t size = 0;
  for (const auto& [path, entry] : entries_) {
    if (entry.kind != Entry::Kind::file) continue;
    if (seen.insert({entry.status.st_dev, entry.status.st_ino}).second) {
      size += static_cast<std::uint64_t>(entry.status.st_size);
    }
  }
  return size;
}

}  // namespace bulkhead::capture
