#include "capture/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "messages/failure.h"

namespace bulkhead::capture {
namespace {

using messages::Failure;

constexpr std::size_t kPiece = std::size_t{1} << 20U;  // between two looks for a signal

[[noreturn]] void fail_to_write(const std::string& path, int error) {
  const char* advice = error == ENOSPC || error == EDQUOT ? "; make room, and capture again" : "";
  throw Failure(path + ": cannot be written: " + ::strerror(error) + advice);
}

class Copy {
 public:
  Copy(const resolve::Tree& tree, int to, const std::string& name, void (*go_on)())
      : tree_(tree), to_(to), name_(name), go_on_(go_on), buffer_(kPiece) {}

  void add(const std::string& path, const Entry& entry) {
    go_on_();
    const char* at = path.c_str() + 1;
    switch (entry.kind) {
      case Entry::Kind::directory:
        if (::mkdirat(to_, at, 0755) != 0) fail_to_write(name_ + path, errno);
        break;
      case Entry::Kind::link:
        if (::symlinkat(entry.to.c_str(), to_, at) != 0) fail_to_write(name_ + path, errno);
        break;
      case Entry::Kind::file: copy_file(path, entry); break;
    }
  }

 private:
  void copy_file(const std::string& path, const Entry& entry) {
    const char* at = path.c_str() + 1;
    auto [place, is_new] = copies_.insert({{entry.status.st_dev, entry.status.st_ino}, path});
    if (!is_new && ::linkat(to_, place->second.c_str() + 1, to_, at, 0) == 0) return;
    Arena arena;
    Result<resolve::OpenedFile> from = tree_.open_file(arena, path);
    if (!from) {
      throw Failure(std::string(tree_.host_path(arena, path)) +
                    ": cannot be read: " + ::strerror(from.error().number));
    }
    const mode_t mode = (from->status.st_mode & 0111U) != 0 ? 0755 : 0644;
    Fd into(::openat(to_, at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!into.valid()) fail_to_write(name_ + path, errno);
    copy_bytes(from->fd.get(), into.get(), path);
    const struct timespec times[] = {from->status.st_mtim, from->status.st_mtim};
    (void)::futimens(into.get(), times);
  }

  void copy_bytes(int from, int into, const std::string& path) {
    for (;;) {
      go_on_();
      ssize_t size = ::read(from, buffer_.data(), buffer_.size());
      if (size == 0) return;
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) {
        Arena arena;
        throw Failure(std::string(tree_.host_path(arena, path)) +
                      ": cannot be read: " + ::strerror(errno));
      }
      const auto* bytes = reinterpret_cast<const std::byte*>(buffer_.data());
      if (Status done = write_all(into, {bytes, static_cast<std::size_t>(size)}); !done)
        fail_to_write(name_ + path, done.error().number);
    }
  }

  const resolve::Tree& tree_;
  int to_;
  const std::string& name_;
  void (*go_on_)();
  std::vector<char> buffer_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> copies_;
};

}  // namespace

void copy_layout(const resolve::Tree& tree, const Layout& layout, int to, const std::string& name,
                 void (*go_on)()) {
  Copy copy(tree, to, name, go_on);
  for (const auto& [path, entry] : layout.entries()) copy.add(path, entry);
}

void write_new_file(int to, const std::string& path, const std::string& bytes) {
  Fd file(
      ::openat(to, path.c_str() + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.valid()) fail_to_write(path, errno);
  if (Status done = write_all(file.get(), as_bytes(bytes)); !done)
    fail_to_write(path, done.error().number);
}

}  // namespace bulkhead::capture
