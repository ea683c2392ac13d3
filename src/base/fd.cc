#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/nobodys.h"

namespace bulkhead {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    number_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  if (number_ >= 0) close_descriptor(number_);
  number_ = -1;
}

FileMapping::FileMapping(FileMapping&& other) noexcept : data_(other.data_), size_(other.size_) {
  other.data_ = nullptr;
  other.size_ = 0;
}

FileMapping& FileMapping::operator=(FileMapping&& other) noexcept {
  if (this != &other) {
    unmap(bytes());
    data_ = other.data_;
    size_ = other.size_;
    other.data_ = nullptr;
    other.size_ = 0;
  }
  return *this;
}

FileMapping::~FileMapping() { unmap(bytes()); }

void FileMapping::unmap(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  make_rest_of_page_somebodys(bytes.data(), bytes.size());
  ::munmap(const_cast<std::byte*>(bytes.data()), bytes.size());
}

Result<FileMapping> FileMapping::of(int fd) {
  struct stat status;
  if (int error = status_of(fd, status)) return fail_system(error, "cannot be examined");
  if (!S_ISREG(status.st_mode)) return fail(Fault::malformed, "is not a regular file");
  return of(fd, status);
}

Result<FileMapping> FileMapping::of(int fd, const struct stat& status) {
  FileMapping mapping;
  if (status.st_size == 0) return mapping;
  auto size = static_cast<std::size_t>(status.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return fail_system(errno, "cannot be mapped");
  mapping.data_ = static_cast<const std::byte*>(data);
  mapping.size_ = size;
  make_rest_of_page_nobodys(mapping.data_, size);
  return mapping;
}

std::span<const std::byte> FileMapping::leak() {
  std::span<const std::byte> all = bytes();
  data_ = nullptr;
  size_ = 0;
  return all;
}

int open_at(int directory, const char* path, int flags) {
  return static_cast<int>(::syscall(SYS_openat, directory, path, flags, 0));
}

void close_descriptor(int number) { ::syscall(SYS_close, number); }

ssize_t write_vectors(int fd, std::span<const iovec> vectors) {
  const ssize_t written = ::syscall(SYS_writev, fd, vectors.data(), vectors.size());
  const bool refused = written < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES);
  if (!refused) return written;
  ssize_t all = 0;
  for (const iovec& each : vectors) {
    const ssize_t one = ::syscall(SYS_write, fd, each.iov_base, each.iov_len);
    if (one < 0) return all != 0 ? all : one;
    all += one;
    if (static_cast<std::size_t>(one) < each.iov_len) break;
  }
  return all;
}

int status_of(int fd, struct stat& status) {
  return ::syscall(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

int status_of(const char* path, struct stat& status) {
  return ::syscall(SYS_newfstatat, AT_FDCWD, path, &status, 0) == 0 ? 0 : errno;
}

namespace {

// Guard: itself.
constinit Lock g_file_size_lock;

// RLIMIT_FSIZE, for as long as the object lives large enough for a file of that size, if that may
// be. (A limit of ours: the program's own ends what is meant to stop large files.)
class RoomForFile {
 public:
  explicit RoomForFile(std::size_t size) {
    g_file_size_lock.acquire();  // another thread may just have had it raised
    bool known = ::syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, nullptr, &limit_) == 0;
    if (known && size > limit_.rlim_cur) {
      const rlimit wanted = {size, limit_.rlim_max};
      is_raised_ = size <= limit_.rlim_max &&
                   ::syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, &wanted, nullptr) == 0;
      fits_ = is_raised_;
    }
    if (!is_raised_) g_file_size_lock.release();
  }
  ~RoomForFile() {
    if (!is_raised_) return;
    ::syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, &limit_, nullptr);
    g_file_size_lock.release();
  }
  RoomForFile(const RoomForFile&) = delete;
  RoomForFile& operator=(const RoomForFile&) = delete;

  bool fits() const { return fits_; }

 private:
  rlimit limit_ = {};
  bool fits_ = true, is_raised_ = false;
};

}  // namespace

Status write_pieces(int fd, Pieces pieces) {
  std::size_t size = 0;
  for (std::span<const std::byte> piece : pieces) size += piece.size();
  RoomForFile room(size);
  if (!room.fits()) {
    return fail_system(EFBIG, "cannot be written", {},
                       "the limit for the size of files is too low (ulimit -f, RLIMIT_FSIZE)");
  }
  // Enough for all that we write; a file of more pieces takes several calls.
  constexpr std::size_t kMaxVectors = 16;
  std::size_t done = 0;  // of the first piece
  for (;;) {
    while (!pieces.empty() && done >= pieces[0].size()) {
      done -= pieces[0].size();
      pieces = pieces.subspan(1);
    }
    if (pieces.empty()) return {};
    iovec vectors[kMaxVectors];
    std::size_t count = 0;
    for (; count < kMaxVectors && count < pieces.size(); ++count) {
      std::span<const std::byte> piece = pieces[count].subspan(count == 0 ? done : 0);
      vectors[count] = {const_cast<std::byte*>(piece.data()), piece.size()};
    }
    ssize_t written = write_vectors(fd, std::span(vectors, count));
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_system(errno, "cannot be written");
    }
    done += static_cast<std::size_t>(written);
  }
}

}  // namespace bulkhead
