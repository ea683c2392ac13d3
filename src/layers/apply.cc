#include "layers/apply.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "layers/failure.h"
#include "layers/names.h"

namespace bulkhead::layers {
namespace {

[[noreturn]] void fail(const Root::Place& place) {
  throw Failure(place.path + ": " + ::strerror(errno));
}

template <class Action>
void for_each_in(int directory, const std::string& name, const Action& action) {
  const int fd = ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd), ::closedir);
  if (stream == nullptr) {
    ::close(fd);
    return;
  }
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string each = entry->d_name;
    if (each != "." && each != "..") action(fd, each);
  }
}

void remove_all(int directory, const std::string& name) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || (errno != EISDIR && errno != EPERM)) return;
  for_each_in(directory, name, [](int fd, const std::string& each) { remove_all(fd, each); });
  ::unlinkat(directory, name.c_str(), AT_REMOVEDIR);
}

}  // namespace

void Applying::run(TarReader& layer) {
  while (struct archive_entry* entry = layer.next()) one(layer, entry);
}

void Applying::one(TarReader& layer, struct archive_entry* entry) {
  const std::vector<std::string> names = names_along(path_of(entry));
  if (names.empty()) return;  // the root itself
  if (whiteout_of(names.back()).kind != Whiteout::Kind::none) return hide(names);
  Root::Place place = root_.find(names, &room_);
  if (put(layer, entry, place)) own_.insert(place.path);
}

// Whether there is something then.
bool Applying::put(TarReader& layer, struct archive_entry* entry, const Root::Place& place) {
  if (const char* target = ::archive_entry_hardlink(entry)) {
    make_link(target, place);
    return true;
  }
  switch (::archive_entry_filetype(entry)) {
    case AE_IFDIR: make_directory(entry, place); return true;
    case AE_IFREG: make_file(layer, entry, place); return true;
    case AE_IFLNK: make_symlink(entry, place); return true;
    default: ++left_out_.special; return false;
  }
}

void Applying::make_symlink(struct archive_entry* entry, const Root::Place& place) {
  const char* target = ::archive_entry_symlink(entry);
  if (target == nullptr) target = ::archive_entry_symlink_utf8(entry);
  if (target == nullptr || *target == '\0') throw Failure(place.path + ": links to nothing");
  make_way(place);
  if (::symlinkat(target, place.directory.get(), place.name.c_str()) != 0) fail(place);
}

// What is there already goes.
void Applying::make_way(const Root::Place& place) {
  room_.take_file();
  remove_all(place.directory.get(), place.name);
}

void Applying::make_directory(struct archive_entry* entry, const Root::Place& place) {
  struct stat status;
  const bool is_there =
      ::fstatat(place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!is_there || !S_ISDIR(status.st_mode)) {
    make_way(place);
    if (::mkdirat(place.directory.get(), place.name.c_str(), S_IRWXU) != 0) fail(place);
  }
  const mode_t mode = (::archive_entry_perm(entry) & 0755U) | S_IRWXU;
  if (::fchmodat(place.directory.get(), place.name.c_str(), mode, 0) != 0) fail(place);
}

void Applying::make_link(const std::string& target, const Root::Place& place) {
  const std::vector<std::string> names = names_along(target);
  if (names.empty()) throw Failure(place.path + ": is a link to the root");
  Root::Place from = root_.find(names, nullptr);
  if (from.path == place.path) return;
  struct stat status;
  if (::fstatat(from.directory.get(), from.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    throw Failure(place.path + ": is a link to " + from.path + ", which is not there");
  }
  make_way(place);
  if (::linkat(from.directory.get(), from.name.c_str(), place.directory.get(), place.name.c_str(),
               0) != 0) {
    fail(place);
  }
}

void Applying::make_file(TarReader& layer, struct archive_entry* entry, const Root::Place& place) {
  make_way(place);
  FileRoom room(room_);
  Fd fd(::openat(place.directory.get(), place.name.c_str(),
                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!fd.valid()) fail(place);
  while (true) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int status = ::archive_read_data_block(layer.get(), &bytes, &size, &offset);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK) fail_for(layer.get());
    room.take(static_cast<std::uint64_t>(offset), size);
    for (std::size_t done = 0; done < size;) {
      const ssize_t now = ::pwrite(fd.get(), static_cast<const char*>(bytes) + done, size - done,
                                   offset + static_cast<off_t>(done));
      if (now < 0 && errno != EINTR) fail(place);
      if (now > 0) done += static_cast<std::size_t>(now);
    }
  }
  // A file may end in a hole.
  const la_int64_t size = ::archive_entry_size(entry);
  struct stat status;
  if (::fstat(fd.get(), &status) == 0 && status.st_size < size &&
      ::ftruncate(fd.get(), size) != 0) {
    fail(place);
  }
  const mode_t mode = (::archive_entry_perm(entry) & 0755U) | S_IRUSR;
  if (::fchmod(fd.get(), mode) != 0) fail(place);
  const struct timespec time = {::archive_entry_mtime(entry), ::archive_entry_mtime_nsec(entry)};
  const struct timespec times[] = {time, time};
  ::futimens(fd.get(), times);
}

void Applying::hide(const std::vector<std::string>& names) {
  const Whiteout whiteout = whiteout_of(names.back());
  if (whiteout.kind == Whiteout::Kind::ignored || !root_.can_find(names)) return;
  Root::Place place = root_.find(names, nullptr);
  const std::string above = place.path.substr(0, place.path.size() - place.name.size());
  if (whiteout.kind == Whiteout::Kind::one) {
    hide_lower(place.directory.get(), whiteout.name, above + whiteout.name);
    return;
  }
  for_each_in(place.directory.get(), ".",
              [&](int fd, const std::string& each) { hide_lower(fd, each, above + each); });
}

// Whether it is gone: what this layer has itself stays, with the directories above it.
bool Applying::hide_lower(int directory, const std::string& name, const std::string& path) {
  struct stat status;
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return true;
  bool is_empty = !own_.contains(path);
  if (S_ISDIR(status.st_mode)) {
    for_each_in(directory, name, [&](int fd, const std::string& each) {
      if (!hide_lower(fd, each, path + "/" + each)) is_empty = false;
    });
  }
  if (!is_empty) return false;
  return ::unlinkat(directory, name.c_str(), S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0) == 0;
}

}  // namespace bulkhead::layers
