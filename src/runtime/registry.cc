#include "runtime/registry.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/diagnostics.h"
#include "base/lock.h"
#include "base/text.h"
#include "capsule/hooks.h"
#include "process/modules.h"

// The linker's: this library's ELF header.
extern "C" __attribute__((visibility("hidden"))) const char __ehdr_start;

namespace bulkhead::runtime {
namespace {

using capsule::Capsule;

// Capsules for which glibc had no namespace left, and this system's libraries stand in. As
// many as there can be real ones: who has more has a fault elsewhere.
constexpr std::size_t kMaxBeyond = 15;

struct Registry {
  Lock lock;
  bool configured;
  Capsule* beyond[kMaxBeyond];
  std::size_t beyond_count;
};
constinit Registry g_registry{};

void configure() {
  if (g_registry.configured) return;
  g_registry.configured = true;
  // secure_getenv: a set-uid program's user has no say here.
  if (const char* topics = ::secure_getenv("BULKHEAD_DEBUG")) set_debug_topics(topics);
}

Capsule* find(std::string_view request_bytes) {
  for (Capsule* capsule : capsule::registered_capsules()) {
    if (capsule->request_bytes == request_bytes) return capsule;
  }
  for (Capsule* capsule : std::span(g_registry.beyond, g_registry.beyond_count)) {
    if (capsule->request_bytes == request_bytes) return capsule;
  }
  return nullptr;
}

Registered known_as(Capsule* capsule) {
  if (capsule->request.of_interface) ++capsule->attempts;
  return {capsule, false, false};
}

// A place of its own, or that of one which could not be opened. With the registry's lock.
bool give_place(Capsule& capsule) {
  if (capsule.request.of_interface) ++capsule.attempts;
  if (capsule::register_capsule(capsule)) return true;
  for (Capsule* other : capsule::registered_capsules()) {
    bool given_up = other->request.of_interface && other->attempts == 0;
    if (!given_up || __atomic_load_n(&other->root, __ATOMIC_ACQUIRE) != nullptr) continue;
    capsule::replace_capsule(*other, capsule);
    return true;
  }
  return false;
}

}  // namespace

Attempt::~Attempt() {
  Locked locked(g_registry.lock);
  --capsule_.attempts;
}

std::string_view own_directory(Arena& arena) {
  const link_map* own = process::find_in_base(reinterpret_cast<elf::Addr>(&__ehdr_start));
  if (own == nullptr) return ".";
  // In a cache entry this is a link to the installed library: the entry may be removed while
  // the program runs.
  // (Not on the stack, which may be a thread's with 16 KiB in all.)
  std::span<char> text = arena.array<char>(PATH_MAX);
  ssize_t size = ::readlink(own->l_name, text.data(), text.size());
  if (size > 0 && text[0] == '/') {
    return directory_of(arena.copy({text.data(), static_cast<std::size_t>(size)}));
  }
  std::string_view directory = directory_of(own->l_name);
  if (directory.starts_with('/')) return directory;
  if (::syscall(SYS_getcwd, text.data(), text.size()) <= 0) return directory;
  return join_path(arena, text.data(), directory);
}

Capsule* find_capsule(std::string_view request_bytes) {
  Locked locked(g_registry.lock);
  configure();
  return find(request_bytes);
}

Result<Registered> register_request(Arena& arena, std::string_view request_bytes,
                                    bool found_by_name, Lmid_t adopt) {
  {
    Locked locked(g_registry.lock);
    configure();
    if (Capsule* known = find(request_bytes)) return known_as(known);
  }
  std::string_view directory = own_directory(arena);
  Result<Capsule*> made = capsule::make_capsule(request_bytes, directory);
  if (!made) return std::unexpected(made.error());
  (*made)->found_by_name = found_by_name;
  (*made)->adopted = adopt != LM_ID_NEWLM;
  (*made)->space = adopt;
  Locked locked(g_registry.lock);
  // Another thread was faster?
  if (Capsule* known = find(request_bytes)) {
    capsule::destroy_capsule(*made);
    return known_as(known);
  }
  if (give_place(**made)) return Registered{*made, true, false};
  if ((*made)->request.of_interface) {
    capsule::destroy_capsule(*made);
    return std::unexpected(no_namespace_left());
  }
  (*made)->native = true;  // whether or not the request allows it: it can be nothing else
  if (g_registry.beyond_count < kMaxBeyond) {
    g_registry.beyond[g_registry.beyond_count++] = *made;
  }
  return Registered{*made, true, true};
}

}  // namespace bulkhead::runtime
