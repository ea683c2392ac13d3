// What an isolated capsule has of its own: a libc, and a heap if its request says so.
#pragma once

#include <string_view>

#include "plan/rules_of_thumb.h"

namespace bulkhead::isolation {
struct IsolatedLibc;   // isolation/isolated_libc.h
struct HeapFunctions;  // isolation/own_heap.h
}  // namespace bulkhead::isolation

namespace bulkhead::capsule {

// Thread-safe once begin() was called, before the first opening.
class Isolation {
 public:
  // `threads_apart`: the base has threads, dlopen and timers in libraries beside libc.so.6.
  void begin(bool threads_apart) { threads_apart_ = threads_apart; }
  bool threads_apart() const { return threads_apart_; }

  // Whether a library of glibc's is the capsule's own.
  bool has(std::string_view name) const { return plan::is_own_glibc(name, threads_apart_); }

  // Null until that libc is loaded.
  const isolation::IsolatedLibc* libc() const { return __atomic_load_n(&libc_, __ATOMIC_ACQUIRE); }
  void publish(const isolation::IsolatedLibc& libc) {
    __atomic_store_n(&libc_, &libc, __ATOMIC_RELEASE);
  }
  const isolation::HeapFunctions* heap() const { return __atomic_load_n(&heap_, __ATOMIC_ACQUIRE); }
  void publish(const isolation::HeapFunctions& heap) {
    __atomic_store_n(&heap_, &heap, __ATOMIC_RELEASE);
  }

 private:
  bool threads_apart_ = false;
  const isolation::IsolatedLibc* libc_ = nullptr;
  const isolation::HeapFunctions* heap_ = nullptr;
};

}  // namespace bulkhead::capsule
