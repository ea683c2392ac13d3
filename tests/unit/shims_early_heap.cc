// Memory for a program whose allocator is not there yet.
#include "shims/early_heap.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace bulkhead::shims {
namespace {

using handoff::Allocation;

template <class Function>
Function* early(Allocation kind) {
  return reinterpret_cast<Function*>(reinterpret_cast<std::uintptr_t>(early_function(kind)));
}

void* allocate(std::size_t size) { return early<void*(std::size_t)>(Allocation::malloc)(size); }
void* zeroed(std::size_t count, std::size_t size) {
  return early<void*(std::size_t, std::size_t)>(Allocation::calloc)(count, size);
}
void* aligned(std::size_t alignment, std::size_t size) {
  return early<void*(std::size_t, std::size_t)>(Allocation::memalign)(alignment, size);
}
void release(void* memory) { early<void(void*)>(Allocation::free)(memory); }
void* resize(void* memory, std::size_t size) {
  return early<void*(void*, std::size_t)>(Allocation::realloc)(memory, size);
}
std::size_t usable(void* memory) {
  return early<std::size_t(void*)>(Allocation::usable_size)(memory);
}
bool is_aligned(const void* memory, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(memory) % alignment == 0;
}

TEST(EarlyHeap, GivesPiecesOfItsRange) {
  EarlyRange range = early_range();
  ASSERT_GT(range.size, 0U);
  for (std::size_t size : {0UL, 1UL, 100UL, 3UL << 20U}) {
    void* memory = allocate(size);
    ASSERT_NE(memory, nullptr);
    EXPECT_LT(reinterpret_cast<std::size_t>(memory) - range.begin, range.size);
    EXPECT_TRUE(is_aligned(memory, 16));
    EXPECT_EQ(usable(memory), size);
    std::memset(memory, 1, size);
  }
}

TEST(EarlyHeap, AlignsAsItIsTold) {
  for (std::size_t alignment : {1UL, 8UL, 64UL, 4096UL, 65536UL}) {
    EXPECT_TRUE(is_aligned(aligned(alignment, 10), alignment)) << alignment;
  }
  EXPECT_TRUE(is_aligned(early<void*(std::size_t)>(Allocation::valloc)(10), 4096));
  void* pages = early<void*(std::size_t)>(Allocation::pvalloc)(4097);
  EXPECT_TRUE(is_aligned(pages, 4096));
  EXPECT_EQ(usable(pages), 8192U);
  errno = 0;
  EXPECT_EQ(aligned(24, 10), nullptr);
  EXPECT_EQ(errno, EINVAL);
}

TEST(EarlyHeap, TellsErrorsAsLibcDoes) {
  errno = 0;
  EXPECT_EQ(allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  errno = 0;
  EXPECT_EQ(zeroed(SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  void* memory = allocate(10);
  auto* array = early<void*(void*, std::size_t, std::size_t)>(Allocation::reallocarray);
  EXPECT_EQ(array(memory, SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(usable(memory), 10U) << "and it is still there";
  auto* posix = early<int(void**, std::size_t, std::size_t)>(Allocation::posix_memalign);
  errno = EDOM;
  void* to = memory;
  EXPECT_EQ(posix(&to, 4, 10), EINVAL);
  EXPECT_EQ(posix(&to, 64, SIZE_MAX), ENOMEM);
  EXPECT_EQ(to, memory);
  EXPECT_EQ(posix(&to, 64, 10), 0);
  EXPECT_TRUE(is_aligned(to, 64));
  EXPECT_EQ(errno, EDOM) << "which is not its way to tell";
}

TEST(EarlyHeap, UsesTheNewestPieceAgainAndNoOther) {
  void* first = allocate(100);
  void* second = allocate(100);
  release(first);
  EXPECT_NE(allocate(100), first);
  void* newest = allocate(100);
  release(newest);
  EXPECT_EQ(allocate(100), newest);
  EXPECT_NE(second, newest);
  release(nullptr);
}

TEST(EarlyHeap, GivesZeroesEvenWhereSomethingWas) {
  void* one = allocate(64);
  void* two = allocate(64);
  std::memset(one, 0xff, 64);
  std::memset(two, 0xff, 64);
  release(two);
  release(one);
  auto* memory = static_cast<unsigned char*>(zeroed(16, 16));
  ASSERT_EQ(memory, one);
  for (int i = 0; i < 256; ++i) ASSERT_EQ(memory[i], 0) << i;
}

TEST(EarlyHeap, KeepsTheContentOfWhatIsResized) {
  auto* text = static_cast<char*>(resize(nullptr, 10));
  std::strcpy(text, "text");
  text = static_cast<char*>(resize(text, 5000));
  EXPECT_STREQ(text, "text");
  EXPECT_EQ(usable(text), 5000U);
  text = static_cast<char*>(resize(text, 5));
  EXPECT_STREQ(text, "text");
  EXPECT_EQ(resize(text, 0), nullptr);
}

void* g_given;

TEST(EarlyHeap, HandsMemoryOfOthersOn) {
  char others[16];
  release(others);  // nobody is there to take it
  EXPECT_EQ(usable(others), 0U);
  EXPECT_EQ(resize(others, 5), nullptr);
  set_next_allocator({.of = &g_given,
                      .realloc = [](void* memory, std::size_t) -> void* { return memory; },
                      .free = [](void* memory) { g_given = memory; },
                      .usable_size = [](void*) -> std::size_t { return 4711; }});
  EXPECT_TRUE(next_allocator_is_of(&g_given));
  EXPECT_FALSE(next_allocator_is_of(nullptr));
  release(others);
  EXPECT_EQ(g_given, others);
  EXPECT_EQ(usable(others), 4711U);
  EXPECT_EQ(resize(others, 5), others);
  void* own = allocate(10);
  release(own);
  EXPECT_EQ(g_given, others) << "its own is not handed on";
}

// Once the tool is there, what early memory is resized to comes from the process's malloc.
TEST(EarlyHeap, MovesOutWhenTheToolIsThere) {
  auto* text = static_cast<char*>(allocate(10));
  std::strcpy(text, "text");
  auto* late = reinterpret_cast<void* (*)(void*, std::size_t)>(
      reinterpret_cast<std::uintptr_t>(late_function(Allocation::realloc)));
  text = static_cast<char*>(late(text, 100));
  EXPECT_STREQ(text, "text");
  EXPECT_GE(reinterpret_cast<std::size_t>(text) - early_range().begin, early_range().size);
  std::free(text);
}

}  // namespace
}  // namespace bulkhead::shims
