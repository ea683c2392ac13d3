// Memory that is not the program's heap.
//
// An Arena hands out memory from anonymous mappings of its own and returns all of
// it at once when it is destroyed. Injected code uses nothing else: the program's
// malloc may be interposed, held locked, or not yet ready.
//
// Not thread-safe: one operation, one arena.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

namespace bulkhead {

class Arena {
 public:
  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `size` bytes, zeroed, aligned to `alignment` (a power of two). Never fails:
  // when the kernel has no page left the process is ended with a message, as no
  // caller could go on.
  void* allocate(std::size_t size, std::size_t alignment);

  // Room for `count` zeroed objects of a trivial type.
  template <class T>
  std::span<T> array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    std::size_t size = 0;
    if (__builtin_mul_overflow(count, sizeof(T), &size)) size = kTooLarge;
    return {static_cast<T*>(allocate(size, alignof(T))), count};
  }

  // One object; its destructor is never run.
  template <class T, class... Args>
  T* create(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T), alignof(T))) T(static_cast<Args&&>(args)...);
  }

  // A copy followed by a NUL, so that data() serves as a C string.
  std::string_view copy(std::string_view text);

 private:
  static constexpr std::size_t kTooLarge = ~std::size_t{0};  // more than any kernel gives

  struct Chunk {
    Chunk* next;
    std::size_t size;
  };
  Chunk* chunks_ = nullptr;
  char* free_ = nullptr;
  char* end_ = nullptr;
};

// An object in an arena that is destroyed with its scope: for what is too large for a stack, which
// may be that of a thread that has 16 KiB in all.
template <class T>
class Kept {
 public:
  template <class... Args>
  explicit Kept(Arena& arena, Args&&... args)
      : object_(new (arena.allocate(sizeof(T), alignof(T))) T(static_cast<Args&&>(args)...)) {}
  ~Kept() { object_->~T(); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  T& operator*() { return *object_; }

 private:
  T* object_;
};

}  // namespace bulkhead
