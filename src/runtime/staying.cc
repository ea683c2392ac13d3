#include "runtime/staying.h"

#include "base/arena.h"
#include "process/loader.h"

extern "C" int __cxa_thread_atexit_impl(void (*function)(void*), void* argument, void* object);

namespace bulkhead::runtime {
namespace {

// Guard: ld.so's lock.
constinit bool g_initialised = false;
constinit bool g_stays = false;

// The thread ends. Nothing is being relocated, so a dlopen may initialise this library.
void stay_for_ever(void* /*unused*/) {
  if (g_initialised) return;
  Arena arena;
  process::pin_in_base(arena, "libbulkhead.so.0");
}

}  // namespace

// A dlopen within, with RTLD_NODELETE, would initialise this library among half-relocated shims.
// But ld.so keeps an object as long as a thread has a destructor of that object's to call.
void stay() {
  if (g_initialised || g_stays) return;
  g_stays = __cxa_thread_atexit_impl(&stay_for_ever, nullptr, &g_stays) == 0;
}

void note_initialised() { g_initialised = true; }

}  // namespace bulkhead::runtime
