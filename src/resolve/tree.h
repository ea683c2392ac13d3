// A tree: a directory that holds another system's files.
//
// Paths inside a tree are written as that system would write them ("/usr/lib/libz.so.1")
// and are resolved as if the tree were "/": an absolute symbolic link inside stays inside
// (openat2 with RESOLVE_IN_ROOT; on kernels before 5.6 we walk the components ourselves).
// The tree "/" is the system itself.
#pragma once

#include <sys/stat.h>

#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/result.h"
#include "resolve/path_buffer.h"

namespace bulkhead::resolve {

struct OpenedFile {
  Fd fd;  // O_RDONLY, a regular file
  struct stat status;
  std::string_view host_path;  // a path by which open(2) in this process reaches the same
                               // file. The unresolved form (tree + path) is preferred,
                               // because ld.so derives $ORIGIN from it; where that leads
                               // elsewhere (an absolute link inside the tree) the
                               // canonical one. Lives in the arena given to open_file.
};

// Not thread-safe: it works in the arena it was opened with.
class Tree {
 public:
  // `path` is made absolute. Errors: not there, not a directory, not searchable; or it
  // holds a character that ld.so gives a meaning in search paths (':', '$').
  static Result<Tree> open(Arena& arena, std::string_view path);

  // Absolute, without a trailing slash; "/" for the system itself.
  std::string_view path() const { return path_; }
  bool is_system() const { return path_ == "/"; }
  int directory() const { return directory_.get(); }

  // Opens a regular file inside. ENOENT, ENOTDIR, EACCES… come back as Fault::system
  // with that number.
  Result<OpenedFile> open_file(Arena& arena, std::string_view inside) const;

  // The same for a directory, to be read with getdents64(2) or examined.
  Result<Fd> open_directory(std::string_view inside) const;

  // Whether there is such a directory inside.
  bool has_directory(std::string_view inside) const;

  // `inside` as a path of this process, unresolved: path() + inside.
  std::string_view host_path(Arena& arena, std::string_view inside) const;

  // A path by which this process reaches the file or directory `inside`, or the place
  // where it would be; see OpenedFile::host_path.
  std::string_view reachable_host_path(Arena& arena, std::string_view inside) const;

  // `inside` without any symbolic link, ".." and "."; empty if there is no such file.
  std::string_view canonical(Arena& arena, std::string_view inside) const;

  // Buffers for paths, in that arena.
  PathPool& paths() const { return *paths_; }

  // From now on as on a kernel without openat2: for tests.
  void walk_components() { walks_ = true; }

 private:
  // A descriptor, or minus an errno value.
  int open_inside(std::string_view inside, int flags) const;
  Result<OpenedFile> open_regular(std::string_view inside) const;
  Result<std::string_view> reachable_path(Arena& arena, int fd, const struct stat& status,
                                          std::string_view inside) const;

  PathPool* paths_ = nullptr;
  std::string_view path_;
  Fd directory_;
  bool walks_ = false;
};

}  // namespace bulkhead::resolve
