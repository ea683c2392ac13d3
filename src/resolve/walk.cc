#include "resolve/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace bulkhead::resolve {
namespace {

constexpr int kMaxLinks = 40;  // the kernel's MAXSYMLINKS

// Removes the last component; nothing to remove at the root.
void leave(PathBuffer& path) {
  std::size_t slash = path.view().rfind('/');
  path.truncate(slash == std::string_view::npos ? 0 : slash);
}

}  // namespace

int walk(int root, std::string_view path, PathBuffer& resolved) {
  if (path.size() > PathBuffer::kRoom) return ENAMETOOLONG;
  // What is still to be followed: after a link in one buffer, while the other gets the next
  // link and the rest.
  std::string_view rest = path;
  PathBuffer one(resolved.pool()), other(resolved.pool());
  PathBuffer* next = &one;
  int links = 0;
  resolved.truncate(0);
  while (!rest.empty()) {
    std::string_view component = split_off(rest, '/');
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      leave(resolved);
      continue;
    }
    const std::size_t parent = resolved.view().size();
    resolved.append("/");
    resolved.append(component);
    if (!resolved.fits()) return ENAMETOOLONG;
    // The kernel makes no link longer than kRoom.
    ssize_t length = ::readlinkat(root, resolved.c_str() + 1, next->data(), PathBuffer::kRoom);
    if (length < 0) {
      if (errno == EINVAL) continue;  // exists, and is no link
      return errno;
    }
    if (++links > kMaxLinks) return ELOOP;
    next->truncate(static_cast<std::size_t>(length));
    resolved.truncate(next->view().starts_with('/') ? 0 : parent);
    next->append("/");
    next->append(rest);
    if (!next->fits()) return ENAMETOOLONG;
    rest = next->view();
    next = next == &one ? &other : &one;
  }
  if (resolved.view().empty()) resolved.append("/");
  return 0;
}

}  // namespace bulkhead::resolve
