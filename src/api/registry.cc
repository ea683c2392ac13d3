#include "api/registry.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/diagnostics.h"
#include "base/text.h"
#include "inside/hooks.h"
#include "process/modules.h"
#include "process/questions.h"

// The linker's: this library's ELF header.
extern "C" __attribute__((visibility("hidden"))) const char __ehdr_start;

namespace bulkhead::api {
namespace {

using capsule::Capsule;

// The first who asks for a capsule reads the environment.
void configure() {
  static constinit bool configured = false;  // Guard: atomic
  if (__atomic_exchange_n(&configured, true, __ATOMIC_ACQ_REL)) return;
  // secure_getenv: a set-uid program's user has no say here.
  if (const char* topics = ::secure_getenv("BULKHEAD_DEBUG")) set_debug_topics(topics);
}

}  // namespace

std::string_view own_directory(Arena& arena) {
  const link_map* own = process::find_in_base(reinterpret_cast<elf::Addr>(&__ehdr_start));
  if (own == nullptr) return ".";
  // In a cache entry this is a link to the installed library: the entry may be removed while
  // the program runs.
  // (Not on the stack, which may be a thread's with 16 KiB in all.)
  std::span<char> text = arena.array<char>(PATH_MAX);
  ssize_t size = ::readlink(process::name_of(own), text.data(), text.size());
  if (size > 0 && text[0] == '/') {
    return directory_of(arena.copy({text.data(), static_cast<std::size_t>(size)}));
  }
  std::string_view directory = directory_of(process::name_of(own));
  if (directory.starts_with('/')) return directory;
  if (::syscall(SYS_getcwd, text.data(), text.size()) <= 0) return directory;
  return join_path(arena, text.data(), directory);
}

Capsule* find_capsule(std::string_view request_bytes) {
  configure();
  return capsule::find_capsule(request_bytes);
}

Result<Registered> register_request(Arena& arena, std::string_view request_bytes,
                                    bool found_by_name, Lmid_t adopt) {
  configure();
  if (Capsule* known = capsule::join_capsule(request_bytes)) return Registered{known, false, false};
  std::string_view directory = own_directory(arena);
  Result<Capsule*> made =
      capsule::make_capsule({request_bytes, directory, inside::hook_table(), found_by_name, adopt});
  if (!made) return std::unexpected(made.error());
  return capsule::register_capsule(*made);
}

}  // namespace bulkhead::api
