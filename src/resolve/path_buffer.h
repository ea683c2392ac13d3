// A path under construction: NUL-terminated, of bounded length, on the stack.
//
// A candidate that does not exist is the common case of a search, so nothing is taken
// from an arena before a file was found.
#pragma once

#include <limits.h>

#include <cstring>
#include <initializer_list>
#include <string_view>

namespace bulkhead::resolve {

class PathBuffer {
 public:
  PathBuffer() { data_[0] = 0; }
  PathBuffer(std::initializer_list<std::string_view> pieces) : PathBuffer() {
    for (std::string_view piece : pieces) append(piece);
  }

  // What does not fit, or holds a NUL, makes the buffer unusable: see fits().
  void append(std::string_view text) {
    if (text.empty()) return;
    if (text.size() >= sizeof data_ - size_ ||
        std::memchr(text.data(), 0, text.size()) != nullptr) {
      fits_ = false;
      return;
    }
    std::memcpy(data_ + size_, text.data(), text.size());
    truncate(size_ + text.size());
  }

  void truncate(std::size_t size) {
    size_ = size;
    data_[size_] = 0;
  }

  bool fits() const { return fits_; }
  const char* c_str() const { return data_; }
  std::string_view view() const { return {data_, size_}; }

 private:
  std::size_t size_ = 0;
  bool fits_ = true;
  char data_[PATH_MAX];  // the kernel takes no longer one, its NUL included
};

}  // namespace bulkhead::resolve
