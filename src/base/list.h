// A growing sequence in an Arena. Elements are trivial and move when it grows.
//
// Not thread-safe, but each step leaves a list that can be used: another thread may fork (lock.h).
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/arena.h"

namespace bulkhead {

template <class T>
class List {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit List(Arena& arena) : arena_(&arena) {}

  void push_back(const T& value) {
    if (size_ == capacity_) grow();
    data_[size_] = value;
    publish(size_, size_ + 1);
  }

  void append(std::span<const T> values) {
    if (values.empty()) return;
    reserve(size_ + values.size());
    std::memcpy(static_cast<void*>(data_ + size_), values.data(), values.size_bytes());
    publish(size_, size_ + values.size());
  }

  // Room for `wanted` elements in all, so that no others have to be moved.
  void reserve(std::size_t wanted) {
    if (wanted <= capacity_) return;
    std::size_t capacity = wanted > 2 * capacity_ ? wanted : 2 * capacity_;
    auto* data = static_cast<T*>(arena_->allocate(capacity * sizeof(T), alignof(T)));
    if (size_ != 0) std::memcpy(static_cast<void*>(data), data_, size_ * sizeof(T));
    publish(data_, data);
    publish(capacity_, capacity);
  }

  // A list never reports an index out of range: its users iterate or hold an
  // index they got from it.
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T& back() { return data_[size_ - 1]; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void truncate(std::size_t size) { size_ = size < size_ ? size : size_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  std::span<const T> view() const { return {data_, size_}; }
  Arena& arena() const { return *arena_; }

 private:
  void grow() { reserve(capacity_ == 0 ? 16 : 2 * capacity_); }

  template <class Word>
  static void publish(Word& word, Word value) {
    __atomic_store_n(&word, value, __ATOMIC_RELEASE);
  }

  Arena* arena_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace bulkhead
