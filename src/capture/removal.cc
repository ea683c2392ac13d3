#include "capture/removal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "base/fd.h"

namespace bulkhead::capture {

void empty_directory(int directory) {
  // A stream closes its descriptor, and the caller keeps his.
  Fd own(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
  if (stream == nullptr) return;
  own.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    const char* name = entry->d_name;
    if (name == std::string_view(".") || name == std::string_view("..")) continue;
    if (::unlinkat(directory, name, 0) == 0) continue;
    Fd below(::openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.valid()) continue;
    empty_directory(below.get());
    (void)::unlinkat(directory, name, AT_REMOVEDIR);
  }
}

void remove_directory(int directory, const std::string& path) {
  empty_directory(directory);
  if (lies_at(directory, path)) (void)::rmdir(path.c_str());
}

bool lies_at(int directory, const std::string& path) {
  struct stat opened, there;
  return ::fstat(directory, &opened) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         identity_of(opened) == identity_of(there);
}

}  // namespace bulkhead::capture
