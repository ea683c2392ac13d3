// What is done with the libc of an isolated capsule once it is loaded. See isolate.h.
#pragma once

#include <stddef.h>

#include <bits/types/struct_FILE.h>
#include <link.h>

#include <span>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "capsule/capsule.h"
#include "capsule/hook.h"
#include "process/base_view.h"
#include "words/thread_words.h"

namespace bulkhead::isolation {

// A FILE of the capsule's libc.
using Stream = ::_IO_FILE;

// What we call of the base's libc and of the capsule's own, and what is the same in both.
struct IsolatedLibc {
  explicit IsolatedLibc(Arena& arena) : moves(arena) {}

  struct OfBase {
    char* (*set_locale)(int, const char*) = nullptr;
    int (*register_fork_handlers)(void (*)(), void (*)(), void (*)(), void*) = nullptr;
  } base;
  char* (*set_locale)(int, const char*) = nullptr;
  void (*lock_streams)() = nullptr;
  void (*unlock_streams)() = nullptr;
  void (*reset_streams)() = nullptr;
  Stream* (*first_stream)() = nullptr;
  Stream* (*next_stream)(Stream*) = nullptr;
  int (*try_lock)(Stream*) = nullptr;
  void (*unlock)(Stream*) = nullptr;
  int (*flush)(Stream*) = nullptr;
  int (*flush_unlocked)(Stream*) = nullptr;
  int (*set_buffer)(Stream*, char*, int, std::size_t) = nullptr;
  List<words::PlaceMove> moves;  // thread-local variables that are the base's
};

// Finds what we call of it and of the base's (Capsule::libc), has calls for its streams go on to it
// (streams.h) and these locked always and around fork, and gives it the base's locale. Before its
// constructors; ld.so's lock is held. Errors: it lacks something.
Status find_isolated_libc(Arena& arena, capsule::Capsule& capsule, process::BaseView& base,
                          link_map* own);

// In a process that ends: what is in the buffers of the capsule's streams is written, and what is
// written from now on, is at once.
void end_streams(const capsule::Capsule& capsule);

// setlocale and fflush inside.
std::span<const capsule::Hook> isolated_hooks();

}  // namespace bulkhead::isolation
