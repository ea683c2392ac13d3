#include "layers/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>

#include "base/fd.h"
#include "base/text.h"
#include "layers/archive.h"
#include "layers/failure.h"
#include "layers/names.h"

namespace bulkhead::layers {
namespace {

constexpr std::size_t kMostText = 4U << 20U;     // manifests are limited to that by registries
constexpr std::size_t kMostMembers = 1U << 16U;  // an image has at most some hundred layers
constexpr int kMaxLinks = 8;                     // `docker save` made one at most

// From the beginning, whoever has read from the descriptor before.
class FileStream final : public Stream {
 public:
  FileStream(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  FileStream(Fd fd, std::string name)
      : own_(std::move(fd)), fd_(own_.get()), name_(std::move(name)) {}

  std::size_t read(std::span<char> into) override {
    ssize_t size = -1;
    do {
      size = ::pread(fd_, into.data(), into.size(), at_);
    } while (size < 0 && errno == EINTR);
    if (size < 0) throw Failure(name_ + ": " + ::strerror(errno));
    at_ += size;
    return static_cast<std::size_t>(size);
  }

 private:
  Fd own_;
  int fd_;
  std::string name_;
  off_t at_ = 0;
};

Fd open_regular(int directory, const std::string& path, const std::string& shown) {
  Fd fd(::openat(directory, path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0)
    throw Failure(shown + ": " + ::strerror(errno));
  if (!S_ISREG(status.st_mode)) throw Failure(shown + ": is no regular file");
  return fd;
}

std::string joined(const std::vector<std::string>& names) {
  std::string path;
  for (const std::string& name : names) path += (path.empty() ? "" : "/") + name;
  return path;
}

class DirectoryBlobs final : public Blobs {
 public:
  explicit DirectoryBlobs(Fd directory) : directory_(std::move(directory)) {}

  bool has(const std::string& name) const override {
    struct stat status;
    return ::fstatat(directory_.get(), joined(names_along(name)).c_str(), &status, 0) == 0;
  }
  std::unique_ptr<Stream> open(const std::string& name) const override {
    return std::make_unique<FileStream>(
        open_regular(directory_.get(), joined(names_along(name)), name), name);
  }

 private:
  Fd directory_;
};

// One member of a tar archive.
class Member final : public Stream {
 public:
  Member(int fd, const std::string& archive, const std::string& name)
      : file_(fd, archive), tar_(file_) {
    while (struct archive_entry* entry = tar_.next()) {
      if (joined(names_along(path_of(entry))) == name) return;
    }
    throw Failure(name + ": is not in it");
  }
  std::size_t read(std::span<char> into) override { return tar_.read(into); }

 private:
  FileStream file_;
  TarReader tar_;
};

// An archive has no list of what is in it, so it is read once for that, and once for each member.
class ArchiveBlobs final : public Blobs {
 public:
  ArchiveBlobs(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {
    FileStream file(fd_.get(), path_);
    TarReader tar(file);
    while (struct archive_entry* entry = tar.next()) {
      if (members_.size() >= kMostMembers) throw Failure("has too many files for an image");
      const mode_t type = ::archive_entry_filetype(entry);
      const char* link = ::archive_entry_symlink(entry);
      const std::string name = joined(names_along(path_of(entry)));
      if (type == AE_IFREG) members_[name] = "";
      if (type == AE_IFLNK && link != nullptr) members_[name] = beside(name, link);
    }
  }

  bool has(const std::string& name) const override {
    const std::string found = real(name);
    auto member = members_.find(found);
    return member != members_.end() && member->second.empty();
  }
  std::unique_ptr<Stream> open(const std::string& name) const override {
    if (!has(name)) throw Failure(name + ": is not in it");
    return std::make_unique<Member>(fd_.get(), path_, real(name));
  }

 private:
  // Old `docker save`: ID/layer.tar may be a link to ../OTHER/layer.tar.
  static std::string beside(const std::string& name, std::string_view link) {
    std::string_view directory = directory_of(name);
    while (link.starts_with("../")) {
      link = drop(link, 3);
      directory = directory_of(directory);
    }
    return directory == "." ? std::string(link) : std::string(directory) + "/" + std::string(link);
  }

  std::string real(const std::string& name) const {
    std::string found = joined(names_along(name));
    for (int i = 0; i < kMaxLinks; ++i) {
      auto member = members_.find(found);
      if (member == members_.end() || member->second.empty()) break;
      found = member->second;
    }
    return found;
  }

  Fd fd_;
  std::string path_;
  std::map<std::string, std::string> members_;  // and where links lead
};

Fd without_name(const std::string& directory) {
  std::string path = directory + "/image-XXXXXX";
  Fd fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd.valid()) throw Failure(path + ": cannot be made: " + ::strerror(errno));
  ::unlink(path.c_str());
  return fd;
}

// The archive itself, if it is compressed: it is read several times.
Fd decompressed(Fd file, const std::string& path, const std::string& scratch, Room& room) {
  FileStream compressed(file.get(), path);
  Decompressed plain(compressed);
  if (!plain.is_compressed()) return file;
  Fd fd = without_name(scratch);
  static std::array<char, 128U << 10U> buffer;
  while (const std::size_t size = plain.read(buffer)) {
    room.take_bytes(size);
    for (std::size_t done = 0; done < size;) {
      const ssize_t now = ::write(fd.get(), buffer.data() + done, size - done);
      if (now < 0 && errno != EINTR) throw Failure(scratch + ": " + ::strerror(errno));
      if (now > 0) done += static_cast<std::size_t>(now);
    }
  }
  return fd;
}

}  // namespace

std::string Blobs::text(const std::string& name) const {
  std::unique_ptr<Stream> stream = open(name);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = stream->read(buffer)) {
    text.append(buffer.data(), size);
    if (text.size() > kMostText) throw Failure(name + ": is too large for what it describes");
  }
  return text;
}

std::unique_ptr<Blobs> open_blobs(const std::string& path, const std::string& scratch, Room& room) {
  Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.valid()) return std::make_unique<DirectoryBlobs>(std::move(directory));
  Fd file = decompressed(open_regular(AT_FDCWD, path, path), path, scratch, room);
  return std::make_unique<ArchiveBlobs>(std::move(file), path);
}

}  // namespace bulkhead::layers
