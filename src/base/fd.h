// A descriptor that closes itself, and the few file operations we need.
#pragma once

#include <sys/stat.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace bulkhead {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  Fd(Fd&& other) noexcept : number_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }
  int release() {
    int number = number_;
    number_ = -1;
    return number;
  }
  void reset();

 private:
  int number_ = -1;
};

// A file mapped read-only for as long as the object lives. A file that shrinks
// while mapped can raise SIGBUS, as it can in the dynamic linker itself; the command says which
// (cli/cut_files.h).
class FileMapping {
 public:
  FileMapping() = default;
  FileMapping(FileMapping&& other) noexcept;
  FileMapping& operator=(FileMapping&& other) noexcept;
  ~FileMapping();

  // Maps the whole of `fd` (a regular file). An empty file maps to no bytes.
  static Result<FileMapping> of(int fd);
  // The same, of a regular file whose status is known.
  static Result<FileMapping> of(int fd, const struct stat& status);

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

  // Leaves the mapping in place, until somebody calls unmap() with what this gives.
  std::span<const std::byte> leak();
  static void unmap(std::span<const std::byte> bytes);

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Which file this is, apart from its name, and whether it changed.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

inline FileIdentity identity_of(const struct stat& status) {
  return {status.st_dev, status.st_ino};
}

// Library calls that wait are points where a thread may be cancelled, in glibc also those that can
// be expected not to; dlopen is none, and ld.so's lock would never be given back. So what we call
// of these is called by number.

// openat(2): a descriptor, or -1 with errno.
int open_at(int directory, const char* path, int flags);
void close_descriptor(int number);
// writev(2); where a filter refuses it, one write(2) after another.
ssize_t write_vectors(int fd, std::span<const iovec> vectors);

// stat(2) and fstat(2) by system call: glibc exports them under other names before
// 2.33, and the product must load there. Return 0 or an errno value.
int status_of(int fd, struct stat& status);
int status_of(const char* path, struct stat& status);

// Bytes that follow each other in a file and not in memory.
using Pieces = std::span<const std::span<const std::byte>>;

// Writes all pieces in their order into a new file; restarts on EINTR. Where that would be beyond
// the process's RLIMIT_FSIZE it is an error, and no SIGXFSZ: the limit is raised meanwhile, if the
// hard one allows.
Status write_pieces(int fd, Pieces pieces);

// The same with all of `bytes`.
inline Status write_all(int fd, std::span<const std::byte> bytes) {
  return write_pieces(fd, Pieces(&bytes, 1));
}

// The bytes of a text as bytes.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace bulkhead
