#include "process/loader_lock.h"

#include <unistd.h>

#include "base/lock.h"
#include "image/manifest.h"
#include "process/libdl.h"
#include "process/loader.h"

namespace bulkhead::process {
namespace {

// A constructor gets no argument of ours: it finds its call by the thread.
struct Call {
  int thread;
  void (*function)(void*);
  void* context;
  bool done;
  Call* next;
};
constinit Lock g_lock;
constinit Call* g_calls = nullptr;

void run_call_of_this_thread() {
  int self = ::gettid();
  Call* mine = nullptr;
  {
    Locked locked(g_lock);
    // The newest first: calls of one thread nest.
    for (Call* call = g_calls; call != nullptr && mine == nullptr; call = call->next) {
      if (call->thread == self && !call->done) mine = call;
    }
    if (mine != nullptr) mine->done = true;
  }
  if (mine != nullptr) mine->function(mine->context);
}

}  // namespace

void with_loader_lock(Arena& arena, void (*function)(void*), void* context) {
  Call call{::gettid(), function, context, false, nullptr};
  {
    Locked locked(g_lock);
    call.next = g_calls;
    g_calls = &call;
  }
  link_map* image = nullptr;
  auto constructor = reinterpret_cast<elf::Addr>(&run_call_of_this_thread);
  Result<ImageFile> file =
      ImageFile::make(arena, "bulkhead-lock", image::build_constructor(arena, constructor));
  if (file) {
    Result<link_map*> opened = open_in(arena, LM_ID_BASE, file->path(), RTLD_LAZY | RTLD_LOCAL);
    if (opened) image = *opened;
  }
  bool done = false;
  {
    Locked locked(g_lock);
    Call** link = &g_calls;
    while (*link != &call) link = &(*link)->next;
    *link = call.next;
    done = call.done;
  }
  if (!done) function(context);
  if (image != nullptr) close(image);
}

}  // namespace bulkhead::process
