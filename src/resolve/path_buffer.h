// A path under construction: NUL-terminated, of bounded length.
//
// A candidate that does not exist is the common case of a search, so an arena must not
// grow with each of them; and the stack may be that of a thread which has 16 KiB in all,
// so it cannot hold them. The memory is lent by a pool, which has as many buffers as were
// ever in use at once: half a dozen.
#pragma once

#include <limits.h>

#include <cstring>
#include <initializer_list>
#include <string_view>

#include "base/arena.h"

namespace bulkhead::resolve {

// Not thread-safe, as its arena.
class PathPool {
 public:
  struct Buffer {
    Buffer* next;
    char text[PATH_MAX];  // the kernel takes no longer one, its NUL included
  };

  explicit PathPool(Arena& arena) : arena_(&arena) {}

  Buffer* take() {
    if (free_ == nullptr) return arena_->create<Buffer>();
    Buffer* buffer = free_;
    free_ = buffer->next;
    return buffer;
  }
  void give_back(Buffer* buffer) {
    buffer->next = free_;
    free_ = buffer;
  }

 private:
  Arena* arena_;
  Buffer* free_ = nullptr;
};

class PathBuffer {
 public:
  static constexpr std::size_t kRoom = PATH_MAX - 1;  // without the NUL

  explicit PathBuffer(PathPool& pool, std::initializer_list<std::string_view> pieces = {})
      : pool_(pool), buffer_(pool.take()) {
    truncate(0);
    for (std::string_view piece : pieces) append(piece);
  }
  ~PathBuffer() { pool_.give_back(buffer_); }
  PathBuffer(const PathBuffer&) = delete;
  PathBuffer& operator=(const PathBuffer&) = delete;

  // What does not fit, or holds a NUL, makes the buffer unusable: see fits().
  void append(std::string_view text) {
    if (text.empty()) return;
    if (text.size() > kRoom - size_ || std::memchr(text.data(), 0, text.size()) != nullptr) {
      fits_ = false;
      return;
    }
    std::memcpy(buffer_->text + size_, text.data(), text.size());
    truncate(size_ + text.size());
  }

  // Also after somebody else wrote that many bytes to data(), kRoom at most.
  void truncate(std::size_t size) {
    size_ = size;
    buffer_->text[size_] = 0;
  }

  bool fits() const { return fits_; }
  char* data() { return buffer_->text; }
  const char* c_str() const { return buffer_->text; }
  std::string_view view() const { return {buffer_->text, size_}; }
  PathPool& pool() const { return pool_; }

 private:
  PathPool& pool_;
  PathPool::Buffer* buffer_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

}  // namespace bulkhead::resolve
