// libbulkhead.so.0: what happens in the program, and when.
//
// ld.so maps a shim because the program (or a library, or a dlopen) needs an exposed
// library. Its DT_INIT, or a stub that is called before it, comes here.
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/capsule.h"
#include "capsule/expose.h"
#include "capsule/hooks.h"
#include "process/libdl.h"
#include "process/modules.h"

namespace bulkhead::runtime {
namespace {

using capsule::Capsule;
using handoff::ShimHeader;

constexpr std::size_t kMaxCapsules = 15;

// All global state of the product but for the debug topics and the hooks' list.
struct Runtime {
  Lock lock;
  bool configured;
  Capsule* capsules[kMaxCapsules];
  std::size_t count;
  int opener;  // thread that is opening a capsule; 0 for none
};
constinit Runtime g_runtime{};

// What is done in a constructor of somebody else's process leaves errno as it was.
class KeepErrno {
 public:
  KeepErrno() : saved_(errno) {}
  ~KeepErrno() { errno = saved_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int saved_;
};

[[noreturn]] void stop(const ShimHeader& shim, std::string_view tree, const Error& error) {
  Arena arena;
  fatal(join(arena, {"cannot open ", capsule::soname_of(shim), " of the tree ", tree, ": ",
                     render(arena, error)}));
}

void configure() {
  if (g_runtime.configured) return;
  g_runtime.configured = true;
  // secure_getenv: a set-uid program's user has no say here.
  if (const char* topics = ::secure_getenv("BULKHEAD_DEBUG")) set_debug_topics(topics);
}

// Where this library was found; made absolute now, since the program may change its
// working directory before the capsule needs a file from there.
std::string_view own_directory(Arena& arena) {
  process::Owner owner = process::owner_of(reinterpret_cast<const void*>(&g_runtime));
  std::string_view directory = owner.object != nullptr ? directory_of(owner.object->l_name) : "";
  if (directory.starts_with('/')) return directory;
  char working[4096];
  if (::syscall(SYS_getcwd, working, sizeof working) <= 0) return directory;
  return join_path(arena, working, directory);
}

Capsule& capsule_for(const ShimHeader& shim) {
  std::string_view bytes = capsule::request_of(shim);
  Locked locked(g_runtime.lock);
  configure();
  for (std::size_t i = 0; i < g_runtime.count; ++i) {
    if (g_runtime.capsules[i]->request_bytes == bytes) return *g_runtime.capsules[i];
  }
  if (shim.major != handoff::kMajor) {
    stop(shim, "?",
         {Fault::unsupported,
          0,
          "the shim is of another major release of bulkhead",
          {},
          {},
          "make the shims anew with this release"});
  }
  if (g_runtime.count == kMaxCapsules) {
    stop(shim, "?", {Fault::limit, 0, "glibc allows 15 capsules in a process, and all are in use"});
  }
  Arena arena;
  Result<Capsule*> made = capsule::make_capsule(bytes, own_directory(arena));
  if (!made) stop(shim, "?", made.error());
  g_runtime.capsules[g_runtime.count++] = *made;
  capsule::register_capsule(**made);
  return **made;
}

// Opens what the shims stand for and binds them, until none is left. What errors say
// lives in `arena`.
Status activate(Arena& arena, Capsule& capsule) {
  for (;;) {
    List<const ShimHeader*> unbound(arena);
    List<std::string_view> roots(arena);
    for (const ShimHeader* shim : capsule::find_shims(arena, capsule.request_bytes)) {
      if (capsule::is_bound(*shim)) continue;
      unbound.push_back(shim);
      roots.push_back(capsule::soname_of(*shim));
    }
    if (unbound.empty()) return {};
    Result<capsule::Opened> opened = capsule::open_libraries(arena, capsule, {roots.view(), {}});
    if (!opened) return std::unexpected(opened.error());
    if (Status bound = capsule::bind_shims(arena, capsule, unbound.view()); !bound) return bound;
  }
}

enum class From : std::uint8_t { init, stub };

// One thread opens. In DT_INIT another one goes on without waiting: it holds ld.so's
// lock, which the opener needs, and its shim will be bound by the opener or at first call.
void open_capsule(const ShimHeader& shim, From from) {
  Capsule& capsule = capsule_for(shim);
  // A stub may be called while ld.so is still relocating (by an IFUNC's resolver). Then the
  // base's words are left to DT_INIT, which follows.
  bool settle = from == From::init || capsule::is_initialised(shim);
  int self = ::gettid();
  for (;;) {
    if (settle ? capsule::is_settled(shim) : capsule::is_bound(shim)) return;
    int nobody = 0;
    if (__atomic_compare_exchange_n(&g_runtime.opener, &nobody, self, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
      break;
    }
    if (nobody == self || from == From::init) return;
    ::sched_yield();
  }
  Arena arena;
  Status activated = activate(arena, capsule);
  if (activated && settle) capsule::settle_shims(arena, capsule);
  __atomic_store_n(&g_runtime.opener, 0, __ATOMIC_RELEASE);
  if (!activated) stop(shim, capsule.request.tree, activated.error());
}

}  // namespace
}  // namespace bulkhead::runtime

extern "C" {

// A shim's DT_INIT.
__attribute__((visibility("default"))) void bulkhead_shim_init(
    const bulkhead::handoff::ShimHeader* shim) {
  bulkhead::runtime::KeepErrno keep;
  bulkhead::capsule::mark_initialised(*shim);
  bulkhead::runtime::open_capsule(*shim, bulkhead::runtime::From::init);
}

// Called by bulkhead_shim_lazy (assembly): a stub was called before its shim was bound.
// Returns the function's address. `scaled_index`: see arch::X86_64::write_stub.
__attribute__((visibility("hidden"))) std::uintptr_t bulkhead_open_for_call(
    const bulkhead::handoff::ShimHeader* shim, std::uintptr_t scaled_index) {
  bulkhead::runtime::KeepErrno keep;
  bulkhead::runtime::open_capsule(*shim, bulkhead::runtime::From::stub);
  if (!bulkhead::capsule::is_bound(*shim)) {
    bulkhead::fatal("an exposed function was called by the library that is being opened for it");
  }
  return bulkhead::capsule::function_at(*shim, scaled_index * 8 / sizeof(ElfW(Sym)));
}
}
