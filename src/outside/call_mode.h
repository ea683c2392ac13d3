// How the program has called the dlopen that is under way.
#pragma once

#include <cstdint>

namespace bulkhead::outside {

// The mode of the call that this thread is about to pass on to ld.so. `returns`: where its return
// address is, by which it is known to be under way: nobody tells when it ends.
void note_call(int mode, const std::uintptr_t* returns);

// The same of a call of ours, as long as this lives.
class NotedCall {
 public:
  explicit NotedCall(int mode);
  ~NotedCall();
  NotedCall(const NotedCall&) = delete;
  NotedCall& operator=(const NotedCall&) = delete;
};

// For a shim that is being opened: whether the dlopen that this thread is in has RTLD_GLOBAL, or
// RTLD_DEEPBIND, as far as it was noted. (Of the first one, before anything is hooked, nobody
// knows; nor of what libc opens itself, or dlmopen.)
bool was_opened_global();
bool was_opened_deep();

}  // namespace bulkhead::outside
