#include "process/constructor_call.h"

#include "base/lock.h"
#include "base/thread_id.h"

namespace bulkhead::process {
namespace {

// Guard: itself.
constinit Lock g_lock;
// Guard: g_lock.
constinit ConstructorCall* g_calls = nullptr;
// Guard: ld.so's lock, which it holds while it calls constructors.
constinit ConstructorArguments g_arguments;

}  // namespace

ConstructorCall::ConstructorCall(void (*function)(void*), void* context)
    : thread_(thread_id()), function_(function), context_(context) {
  Locked locked(g_lock);
  next_ = g_calls;
  g_calls = this;
}

ConstructorCall::~ConstructorCall() {
  Locked locked(g_lock);
  ConstructorCall** link = &g_calls;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
}

const ConstructorArguments& constructor_arguments() { return g_arguments; }

void ConstructorCall::run(int count, char** arguments, char** environment) {
  g_arguments = {count, arguments, environment};
  call_newest();
}

elf::Addr ConstructorCall::resolve() {
  call_newest();
  return 0;
}

void ConstructorCall::call_newest() {
  int self = thread_id();
  ConstructorCall* mine = nullptr;
  {
    Locked locked(g_lock);
    for (ConstructorCall* call = g_calls; call != nullptr && mine == nullptr; call = call->next_) {
      if (call->thread_ == self && !call->done_) mine = call;
    }
    if (mine != nullptr) mine->done_ = true;
  }
  if (mine != nullptr) mine->function_(mine->context_);
}

elf::Addr ConstructorCall::entry() { return reinterpret_cast<elf::Addr>(&run); }
elf::Addr ConstructorCall::resolver() { return reinterpret_cast<elf::Addr>(&resolve); }

}  // namespace bulkhead::process
