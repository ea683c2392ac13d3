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
  // What is still to be followed, in one buffer while the other gets link + rest.
  PathBuffer buffers[2];
  int current = 0;
  buffers[0].append(path);
  if (!buffers[0].fits()) return ENAMETOOLONG;
  std::string_view rest = buffers[0].view();
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
    char target[PATH_MAX];
    ssize_t length = ::readlinkat(root, resolved.c_str() + 1, target, sizeof target);
    if (length < 0) {
      if (errno == EINVAL) continue;  // exists, and is no link
      return errno;
    }
    if (++links > kMaxLinks) return ELOOP;
    resolved.truncate(target[0] == '/' ? 0 : parent);
    PathBuffer& next = buffers[1 - current];
    next.truncate(0);
    next.append({target, static_cast<std::size_t>(length)});
    next.append("/");
    next.append(rest);
    if (!next.fits()) return ENAMETOOLONG;
    rest = next.view();
    current = 1 - current;
  }
  if (resolved.view().empty()) resolved.append("/");
  return 0;
}

}  // namespace bulkhead::resolve
