#include "resolve/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "base/try.h"
#include "resolve/walk.h"

namespace bulkhead::resolve {
namespace {

// A lookup with ".." that races with a rename is answered by EAGAIN; openat2(2) says to
// try again.
constexpr int kAttempts = 16;

int open_in_root(int root, const char* path, int flags) {
  struct open_how how = {};
  how.flags = static_cast<unsigned>(flags);
  how.resolve = RESOLVE_IN_ROOT;
  for (int attempt = 0;; ++attempt) {
    long fd = ::syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN || attempt == kAttempts) return -errno;
  }
}

bool lacks_openat2(int error) {
  // ENOSYS: before 5.6. EPERM: filtered by a container that does not know it. E2BIG,
  // EINVAL: a kernel with another idea of struct open_how.
  return error == ENOSYS || error == EPERM || error == E2BIG || error == EINVAL;
}

// Absolute, without empty and "." components. ".." stays: it may follow a link.
Result<std::string_view> normalized(Arena& arena, PathPool& paths, std::string_view path) {
  if (path == "/") return std::string_view{"/"};  // the usual one; buffers are pages
  PathBuffer absolute(paths);
  if (!path.starts_with('/')) {
    PathBuffer here(paths);
    if (::syscall(SYS_getcwd, here.data(), PATH_MAX) < 0) {
      return fail_system(errno, "the current directory has no name", path,
                         "give the tree's absolute path");
    }
    absolute.append(here.c_str());
    absolute.append("/");
  }
  absolute.append(path);
  if (!absolute.fits()) return fail_system(ENAMETOOLONG, "cannot be a tree", path);
  PathBuffer clean(paths);
  std::string_view rest = absolute.view();
  while (!rest.empty()) {
    std::string_view component = split_off(rest, '/');
    if (component.empty() || component == ".") continue;
    clean.append("/");
    clean.append(component);
  }
  return clean.view().empty() ? std::string_view{"/"} : arena.copy(clean.view());
}

bool leads_to(const char* path, const struct stat& status) {
  struct stat there;
  return status_of(path, there) == 0 && identity_of(there) == identity_of(status);
}

}  // namespace

Result<Tree> Tree::open(Arena& arena, std::string_view path) {
  if (path.empty()) {
    return fail(Fault::missing, "the tree's path is empty", {}, {}, "name a directory");
  }
  Tree tree;
  tree.paths_ = arena.create<PathPool>(arena);
  std::string_view absolute = BH_TRY(normalized(arena, *tree.paths_, path));
  for (char c : absolute) {
    if (c != ':' && c != '$') continue;
    return fail(Fault::unsupported, "a tree's path cannot contain ':' or '$'", absolute,
                "the dynamic linker gives them a meaning in search paths",
                "reach the tree by another name, for instance a symbolic link");
  }
  tree.path_ = absolute;
  int fd = open_at(AT_FDCWD, absolute.data(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    switch (errno) {
      case ENOENT:
        return std::unexpected(Error{Fault::missing, ENOENT, "there is no such tree", absolute});
      case ENOTDIR: return fail_system(ENOTDIR, "a tree must be a directory", absolute);
      default: return fail_system(errno, "the tree cannot be opened", absolute);
    }
  }
  tree.directory_ = Fd(fd);
  // Looking up "." needs what every lookup below needs, and tells whether openat2 works.
  if (!tree.is_system()) {
    int probe = open_in_root(fd, ".", O_PATH | O_CLOEXEC);
    tree.walks_ = probe < 0 && lacks_openat2(-probe);
    if (tree.walks_) {
      probe = open_at(fd, ".", O_PATH | O_CLOEXEC);
      if (probe < 0) probe = -errno;
    }
    if (probe < 0) {
      return fail_system(-probe, "the tree cannot be searched", absolute,
                         "it needs the permission x for you");
    }
    close_descriptor(probe);
  }
  return tree;
}

int Tree::open_inside(std::string_view inside, int flags) const {
  flags |= O_CLOEXEC;
  // Never wait for a FIFO's writer; openat2 refuses these flags beside O_PATH.
  if ((flags & O_PATH) == 0) flags |= O_NOCTTY | O_NONBLOCK;
  PathBuffer path(*paths_, {inside});
  if (!path.fits()) return -ENAMETOOLONG;
  if (walks_) {
    PathBuffer resolved(*paths_);
    if (int error = walk(directory_.get(), inside, resolved)) return -error;
    const char* relative = resolved.view() == "/" ? "." : resolved.c_str() + 1;
    int fd = open_at(directory_.get(), relative, flags | O_NOFOLLOW);
    return fd < 0 ? -errno : fd;
  }
  if (is_system()) {
    int fd = open_at(AT_FDCWD, path.c_str(), flags);
    return fd < 0 ? -errno : fd;
  }
  return open_in_root(directory_.get(), path.c_str(), flags);
}

Result<OpenedFile> Tree::open_regular(std::string_view inside) const {
  int fd = open_inside(inside, O_RDONLY);
  if (fd < 0) return fail_system(-fd, "cannot be opened");
  OpenedFile file{Fd(fd), {}, {}};
  if (int error = status_of(fd, file.status)) return fail_system(error, "cannot be examined");
  if (!S_ISREG(file.status.st_mode)) {
    return fail_system(S_ISDIR(file.status.st_mode) ? EISDIR : EINVAL, "is not a regular file");
  }
  return file;
}

Result<OpenedFile> Tree::open_file(Arena& arena, std::string_view inside) const {
  OpenedFile file = BH_TRY(open_regular(inside));
  for (int attempt = 0;; ++attempt) {
    Result<std::string_view> path = reachable_path(arena, file.fd.get(), file.status, inside);
    if (path) {
      file.host_path = *path;
      return file;
    }
    // Package managers put a new file in the place of an old one, by rename: then the name means
    // another file since it was opened. One that goes on meaning the same is hidden.
    OpenedFile now = BH_TRY(open_regular(inside));
    if (attempt == kAttempts || identity_of(now.status) == identity_of(file.status)) {
      return std::unexpected(path.error());
    }
    file = std::move(now);
  }
}

Result<Fd> Tree::open_directory(std::string_view inside) const {
  int fd = open_inside(inside, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return fail_system(-fd, "cannot be opened");
  return Fd(fd);
}

bool Tree::has_directory(std::string_view inside) const {
  int fd = open_inside(inside, O_PATH | O_DIRECTORY);
  if (fd < 0) return false;
  close_descriptor(fd);
  return true;
}

std::string_view Tree::host_path(Arena& arena, std::string_view inside) const {
  if (is_system()) return arena.copy(inside);
  return join_path(arena, path_, inside);
}

std::string_view Tree::reachable_host_path(Arena& arena, std::string_view inside) const {
  if (!is_system()) {
    struct stat status;
    Fd fd(open_inside(inside, O_PATH));
    if (fd.valid() && status_of(fd.get(), status) == 0) {
      if (auto path = reachable_path(arena, fd.get(), status, inside)) return *path;
    }
  }
  return host_path(arena, inside);
}

Result<std::string_view> Tree::reachable_path(Arena& arena, int fd, const struct stat& status,
                                              std::string_view inside) const {
  std::string_view plain = host_path(arena, inside);
  if (is_system() || leads_to(plain.data(), status)) return plain;
  char name[32] = "/proc/self/fd/";
  std::string_view digits = decimal(arena, static_cast<unsigned>(fd));
  std::memcpy(name + std::strlen(name), digits.data(), digits.size());
  PathBuffer target(*paths_);
  ssize_t length = ::readlink(name, target.data(), PathBuffer::kRoom);
  if (length > 0) {
    target.truncate(static_cast<std::size_t>(length));
    if (leads_to(target.c_str(), status)) return arena.copy(target.view());
  }
  // No /proc, or one of another mount namespace.
  std::string_view resolved = canonical(arena, inside);
  if (!resolved.empty()) {
    std::string_view path = host_path(arena, resolved);
    if (leads_to(path.data(), status)) return path;
  }
  return fail(Fault::unsupported, "no path of this process leads to the file", plain,
              "another mount or a rename hides it");
}

std::string_view Tree::canonical(Arena& arena, std::string_view inside) const {
  PathBuffer resolved(*paths_);
  if (walk(directory_.get(), inside, resolved) != 0) return {};
  return arena.copy(resolved.view());
}

}  // namespace bulkhead::resolve
